"""Tenants, their clients and thresholds, and the keys that sign tokens."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from api.access.clients import DEFAULT_SCOPES, SCOPES, create_client, revoke_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.access.tenants import Region, Tier
from ops import tenant_life
from ops.accounts_database import on_database
from ops.operator import operator
from ops.signing_keys import rotate_keys
from ops.stack import Stack
from ops.tenants import all_tenants, open_tenant, tenant_named
from ops.thresholds import set_threshold

console = Console(soft_wrap=True, highlight=False)


@click.group()
def tenant() -> None:
    """Tenants and their settings."""


@tenant.command("create")
@click.argument("name")
@click.option(
    "--region",
    type=click.Choice([each.value for each in Region]),
    default=Region.EU_CENTRAL_1.value,
    show_default=True,
)
@click.option(
    "--tier", type=click.Choice([each.value for each in Tier]), default=Tier.STANDARD.value, show_default=True
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([*SCOPES]),
    multiple=True,
    default=sorted(DEFAULT_SCOPES),
    show_default=True,
    help="What the client may do; may be given several times.",
)
@click.pass_obj
def create(stack: Stack, name: str, region: str, tier: str, scopes: tuple[str, ...]) -> None:
    """Create the tenant NAME with its topic and a client, and print the client's secret, this once."""
    credentials = open_tenant(stack.settings, name, Region(region), Tier(tier), scopes)
    console.print(f"tenant_id      {credentials.tenant.tenant_id}")
    console.print(f"client_id      {credentials.client_id}")
    console.print(f"client_secret  {credentials.secret}")


@tenant.command("list")
@click.pass_obj
def show(stack: Stack) -> None:
    """Show every tenant, the oldest first."""
    for each in all_tenants(stack.settings):
        standing = "suspended" if each.suspended else ""
        console.print(f"{each.tenant_id}  {each.region:12}  {standing:9}  {each.name}".rstrip(), markup=False)


@tenant.command("suspend")
@click.argument("tenant")
@click.pass_obj
def suspend(stack: Stack, tenant: str) -> None:
    """Take away the access of TENANT (name or id). Its data stays; a running API follows within ten seconds."""
    found = tenant_named(stack.settings, tenant)
    tenant_life.suspend(stack.settings, found.tenant_id)
    console.print(f"{found.name} is suspended.", markup=False)


@tenant.command("resume")
@click.argument("tenant")
@click.pass_obj
def resume(stack: Stack, tenant: str) -> None:
    """Let TENANT (name or id) be active again; finish its making where that stopped."""
    resumed = tenant_life.resume(stack.settings, tenant_named(stack.settings, tenant).tenant_id)
    console.print(f"{resumed.tenant.name} is active.", markup=False)
    if resumed.client is not None:
        console.print(f"client_id      {resumed.client.client_id}")
        console.print(f"client_secret  {resumed.client.secret}")


@tenant.command("export")
@click.argument("tenant")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export(stack: Stack, tenant: str, file: Path) -> None:
    """Write all that is of TENANT (name or id), but for secrets, to the zip FILE."""
    size = tenant_life.export(stack.settings, tenant_named(stack.settings, tenant).tenant_id, file)
    console.print(f"{file}: {size} bytes.", markup=False)


@tenant.command("delete")
@click.argument("tenant")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(stack: Stack, tenant: str, yes: bool) -> None:
    """Remove TENANT (name or id): its topic, its predictions and its rows. Its audit log stays."""
    found = tenant_named(stack.settings, tenant)
    if not yes:
        click.confirm(f"Remove {found.name} ({found.tenant_id}) and all its data?", abort=True)
    for step in tenant_life.close(stack.settings, found.tenant_id):
        told = "" if step.detail is None else f": {step.detail}"
        console.print(f"{step.name} {step.status}{told}", markup=False)


@tenant.command("threshold")
@click.argument("tenant")
@click.argument("value", type=click.FloatRange(0, 1))
@click.option("--sku", help="For this SKU only.")
@click.option("--warehouse", help="For this warehouse only.")
@click.pass_obj
def threshold(stack: Stack, tenant: str, value: float, sku: str | None, warehouse: str | None) -> None:
    """Raise the alerts of TENANT (name or id) from the probability VALUE on."""
    found = tenant_named(stack.settings, tenant)
    set_threshold(stack.settings, operator(), found.tenant_id, value, sku, warehouse)
    console.print(f"{found.name}: alerts from {value} on.")


@click.group()
def client() -> None:
    """Programs that may ask for tokens."""


@client.command("revoke")
@click.argument("client_id")
@click.pass_obj
def revoke(stack: Stack, client_id: str) -> None:
    """Take away the access of CLIENT_ID for good; its tokens end within ten seconds."""
    on_database(stack.settings, lambda database: revoke_client(database, client_id, operator()))
    console.print(f"{client_id} is revoked.")


@client.command("create-operator")
@click.option(
    "--scope", "scopes", type=click.Choice([*OPERATOR_SCOPES]), multiple=True, default=[*OPERATOR_SCOPES]
)
@click.pass_obj
def create_operator(stack: Stack, scopes: tuple[str, ...]) -> None:
    """Create a client of the operator's own, which may look after tenants over HTTP, and print its secret, this once."""
    new = on_database(stack.settings, lambda database: create_client(database, OPERATOR, scopes, operator()))
    console.print(f"client_id      {new.client.client_id}")
    console.print(f"client_secret  {new.secret}")


@click.group()
def keys() -> None:
    """The keys that sign access tokens."""


@keys.command("rotate")
@click.option("--stolen", is_flag=True, help="Refuse at once every token that was signed before.")
@click.pass_obj
def rotate(stack: Stack, stolen: bool) -> None:
    """Let a new signing key follow. Live tokens stay valid."""
    rotation = asyncio.run(rotate_keys(stack.env, stolen=stolen))
    console.print(f"The key {rotation.new.kid} signs from {_time(rotation.new.signs_from)} on;")
    console.print(f"earlier keys are accepted until {_time(rotation.others_retire_at)}.")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
