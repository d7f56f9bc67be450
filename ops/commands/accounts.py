"""Tenants, their thresholds, and the keys that sign tokens."""

import asyncio
from datetime import UTC, datetime

import click
from rich.console import Console

from api.access.clients import DEFAULT_SCOPES, SCOPES
from api.access.tenants import Region, Tier
from ops.operator import operator
from ops.signing_keys import rotate_keys
from ops.stack import Stack
from ops.tenants import open_tenant, tenant_named
from ops.thresholds import set_threshold

console = Console(soft_wrap=True, highlight=False)


@click.group()
def tenant() -> None:
    """Tenants and their settings."""


@tenant.command("create")
@click.argument("name")
@click.option("--region", type=click.Choice([*Region]), default=Region.EU_CENTRAL_1, show_default=True)
@click.option("--tier", type=click.Choice([*Tier]), default=Tier.STANDARD, show_default=True)
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
def create(stack: Stack, name: str, region: Region, tier: Tier, scopes: tuple[str, ...]) -> None:
    """Create the tenant NAME with its topic and a client, and print the client's secret, this once."""
    credentials = open_tenant(stack.settings, name, region, tier, scopes)
    console.print(f"tenant_id      {credentials.tenant.tenant_id}")
    console.print(f"client_id      {credentials.client_id}")
    console.print(f"client_secret  {credentials.secret}")


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
