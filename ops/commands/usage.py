"""How much a tenant uses, and how much it may."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table

from api.clock import utc_now
from api.database import Database
from api.limits.limit import Limit
from api.limits.limit_paths import LEAST, MOST_BURST, MOST_REQUESTS
from api.limits.limit_store import limit_of, set_limit
from api.settings import Settings
from api.usage import stored_usage
from api.usage.stored_usage import Usage
from ops.accounts_database import on_database
from ops.operator import operator
from ops.stack import Stack
from ops.tenants import tenant_named

console = Console(soft_wrap=True, highlight=False)


@click.command()
@click.argument("tenant")
@click.option("--burst", type=click.IntRange(LEAST, MOST_BURST), help="Requests that may come at once.")
@click.option("--requests-per-second", type=click.IntRange(LEAST, MOST_REQUESTS), help="On average.")
@click.option("--reset", is_flag=True, help="Let it have the limit of every tenant.")
@click.pass_obj
def limits(
    stack: Stack, tenant: str, burst: int | None, requests_per_second: int | None, reset: bool
) -> None:
    """Show how much TENANT (name or id) may send, or set it. A running API follows within seconds."""
    if reset and (burst or requests_per_second):
        raise click.UsageError("--reset goes only by itself.")
    found = tenant_named(stack.settings, tenant)

    async def change(database: Database) -> Limit | None:
        async with database.transaction() as session:
            limit = await limit_of(session, found.tenant_id)
            if reset or burst or requests_per_second:
                limit = None if reset else _changed(limit or _usual(), burst, requests_per_second)
                await set_limit(session, operator(), found.tenant_id, limit)
            return limit

    limit = on_database(stack.settings, change)
    told = limit or _usual()
    whose = "as every tenant" if limit is None else "set for it"
    console.print(
        f"{found.name}: {told.requests_per_second:.0f} requests a second, {told.burst:.0f} at once, {whose}.",
        markup=False,
    )


@click.command()
@click.argument("tenant")
@click.option("--days", type=click.IntRange(1, 400), default=7, show_default=True)
@click.pass_obj
def usage(stack: Stack, tenant: str, days: int) -> None:
    """Show what TENANT (name or id) used in the last days of UTC."""
    found = tenant_named(stack.settings, tenant)
    until = utc_now()
    since = (until - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)

    async def read(database: Database) -> Mapping[datetime, Usage]:
        async with database.transaction() as session:
            return await stored_usage.read(session, found.tenant_id, since, until)

    console.print(usage_table(on_database(stack.settings, read)))


def usage_table(by_hour: Mapping[datetime, Usage]) -> Table:
    """A row for each day with any use."""
    by_day: dict[str, Usage] = {}
    for hour, used in by_hour.items():
        by_day.setdefault(str(hour.astimezone(UTC).date()), Usage()).add(used)
    table = Table("day", "requests", "refused", "events", "alerts")
    for day, used in by_day.items():
        counts = (used.requests, used.refused, used.events, used.alerts)
        table.add_row(day, *(f"{count:,}" for count in counts))
    return table


def _changed(limit: Limit, burst: int | None, requests_per_second: int | None) -> Limit:
    return Limit(requests_per_second or limit.requests_per_second, burst or limit.burst)


def _usual() -> Limit:
    """What a deployment that sets nothing lets every tenant send."""
    fields = Settings.model_fields
    return Limit(float(fields["requests_per_second"].default), float(fields["burst"].default))
