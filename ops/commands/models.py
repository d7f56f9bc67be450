"""The versions of tenants' models."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.models.model_versions import Current, Lineage, ModelVersion
from ops.stack import Stack
from ops.tenants import tenant_named

if TYPE_CHECKING:
    from ops.model_versions import TenantModels

console = Console(soft_wrap=True, highlight=False)

WIDE = 200
SOON = "Predictions follow within seconds."


@click.group()
def models() -> None:
    """The versions of a tenant's model, and which makes its predictions."""


@models.command("list")
@click.argument("tenant")
@click.option("-n", "--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@click.pass_obj
def show(stack: Stack, tenant: str, limit: int) -> None:
    """Show the versions of TENANT (name or id), the newest first."""
    found = _models_of(stack, tenant).lineage(limit)
    if not found.versions:
        console.print("Nothing was learned for this tenant yet: its predictions are made as shipped.")
        return
    # where nobody watches there is no edge to break lines at
    console.print(versions_table(found), width=None if console.is_terminal else WIDE)
    if found.rest is not None:
        console.print(f"{found.rest} and its ancestors are not shown; ask for more with --limit.")


@models.command("pin")
@click.argument("tenant")
@click.argument("version")
@click.pass_obj
def pin(stack: Stack, tenant: str, version: str) -> None:
    """Let VERSION make the predictions of TENANT until it is unpinned."""
    pinned = _models_of(stack, tenant).pin(version)
    console.print(Text(f"{pinned.model_version} is pinned. {SOON}"))


@models.command("rollback")
@click.argument("tenant")
@click.pass_obj
def rollback(stack: Stack, tenant: str) -> None:
    """Pin the parent of the version that makes the predictions of TENANT now."""
    pinned = _models_of(stack, tenant).roll_back()
    console.print(Text(f"Rolled back: {pinned.model_version} is pinned. {SOON}"))


@models.command("unpin")
@click.argument("tenant")
@click.pass_obj
def unpin(stack: Stack, tenant: str) -> None:
    """Let the newest version make the predictions of TENANT."""
    _models_of(stack, tenant).unpin()
    console.print(f"Nothing is pinned: the newest version is served. {SOON}")


def versions_table(found: Lineage) -> Table:
    """The versions as a table, times in UTC."""
    table = Table()
    for column in ("version", "served"):
        table.add_column(column, no_wrap=True)
    for column in ("published, UTC", "learned from"):
        # in a narrow terminal a date to a line
        table.add_column(column, min_width=len("2026-11-24"))
    table.add_column("labels", justify="right", no_wrap=True)
    table.add_column("why, and scores", overflow="fold")
    for version in found.versions:
        table.add_row(
            Text(version.model_version),
            _standing(version, found.current),
            f"{version.created_at:%Y-%m-%d %H:%M}",
            f"{_day(version.data_from)} to {_day(version.data_to)}",
            str(version.labels),
            Text("\n".join(filter(None, (version.reason, _scores(version))))),
        )
    return table


def _standing(version: ModelVersion, current: Current) -> str:
    if version.model_version == current.pinned:
        return "pinned"
    return "yes" if version.model_version == current.served else ""


def _scores(version: ModelVersion) -> str:
    scores: dict[str, float] = json.loads(version.scores)
    return ", ".join(f"{name} {value:.4f}" for name, value in scores.items())


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _models_of(stack: Stack, tenant: str) -> "TenantModels":
    # Feast takes seconds to import, and the tenant may not be there
    found = tenant_named(stack.settings, tenant)
    from ops.model_versions import TenantModels

    return TenantModels(stack.settings, found.tenant_id)
