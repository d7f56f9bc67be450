"""The audit log."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC
from uuid import UUID

import click
from rich.console import Console
from rich.text import Text

from api.audit.audit_log import DEPLOYMENT
from api.audit.reading import Filter, chains, faults, newest
from api.audit.tables import AuditRow
from api.database import Database
from ops.accounts_database import on_database
from ops.stack import Stack
from ops.tenants import tenant_named

console = Console(soft_wrap=True, highlight=False)


@click.group()
def audit() -> None:
    """The log of who changed what."""


@audit.command("list")
@click.argument("tenant", required=False)
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@click.option("--action", help="Only this action, such as client.created.")
@click.pass_obj
def show(stack: Stack, tenant: str | None, limit: int, action: str | None) -> None:
    """Show the newest entries of TENANT (name or id), or of the whole deployment's own."""
    chain = _chain(stack, tenant)

    async def read(database: Database) -> Sequence[AuditRow]:
        async with database.transaction() as session:
            return await newest(session, chain, Filter(action=action), limit)

    found = on_database(stack.settings, read)
    if not found:
        console.print("There is no such entry.")
        return
    for row in found:
        console.print(Text(_line(row)))


@audit.command("verify")
@click.argument("tenant", required=False)
@click.pass_obj
def verify(stack: Stack, tenant: str | None) -> None:
    """Check that no entry is missing or changed: of TENANT (name or id), or of all. Exit code 1 where one is."""
    one = None if tenant is None else _chain(stack, tenant)

    async def check(database: Database) -> Mapping[UUID, Sequence[str]]:
        async with database.transaction() as session:
            of = await chains(session) if one is None else [one]
            return {chain: [fault async for fault in faults(session, chain)] for chain in of}

    found = on_database(stack.settings, check)
    for chain, wrong in found.items():
        for fault in wrong:
            console.print(f"{_name(chain)}: {fault}.", style="red")
    if any(found.values()):
        sys.exit(1)
    console.print(f"{len(found)} {'chain is' if len(found) == 1 else 'chains are'} whole.")


def _chain(stack: Stack, tenant: str | None) -> UUID:
    if tenant is None:
        return DEPLOYMENT
    try:
        # entries outlive their tenant
        return UUID(tenant)
    except ValueError:
        return tenant_named(stack.settings, tenant).tenant_id


def _name(chain: UUID) -> str:
    return "the deployment" if chain == DEPLOYMENT else str(chain)


def _line(row: AuditRow) -> str:
    """The entry on one line, for people and for grep."""
    at = row.at.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
    line = f"{row.number:>4}  {at}  {row.actor_kind} {row.actor_id}  {row.action}  {row.subject}"
    if row.before is None and row.after is None:
        return line
    return f"{line}  {row.before or 'nothing'} -> {row.after or 'nothing'}"
