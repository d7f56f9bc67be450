"""The sandbox of a day: a tenant made by the same steps as any, with the same history; the last one is removed after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

import httpx
from sqlalchemy import select

from api.access.clients import create_client
from api.access.sealing import key_of
from api.access.tenants import Region
from api.clock import utc_now
from api.database import Database
from api.limits.limit import Limit
from api.limits.limit_store import set_limit
from api.provisioning.operations import Kind
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_request import TenantRequest
from api.sandbox.sandbox_store import Sandbox, Secret, mark, newest
from ops import tenant_life
from ops.accounts_database import on_database
from ops.demo import sample
from ops.demo.replay import fetch_token, replay
from ops.demo.sample import SampleEvent
from ops.operator import operator
from ops.sandbox.shop import MINUTE, Shop
from ops.settings import StackSettings

PUBLIC_SCOPES = ("alerts:read", "models:read")
LIMIT = Limit(requests_per_second=20, burst=100)
"""Of the public and the simulator together."""
KEY_PREFIX = "aurora/sandbox/"
"""By its operation's idempotency key a tenant is known for a sandbox, also one whose making was cut off."""


def midnight(now: datetime) -> datetime:
    """When the day began, UTC."""
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC)


def current(settings: StackSettings) -> Sandbox | None:
    """The sandbox that was made last."""
    key = key_of(tenant_life.api_settings(settings).encryption_key)

    async def find(database: Database) -> Sandbox | None:
        async with database.transaction() as session:
            return await newest(session, key)

    return on_database(settings, find)


def reset(settings: StackSettings, opens_at: datetime) -> Sandbox:
    """Make the sandbox that opens at this time, let everybody in, and remove all others. May be repeated, and goes on.

    Raises what `ops.tenant_life` and `ops.demo.replay` raise, ``SQLAlchemyError`` and ``OSError``.
    """
    found = current(settings)
    if found is None or found.opened_at != opens_at:
        found = _opened(settings, opens_at)
    if found.public_from is None:
        send(settings, found, history(opens_at))
        found = _marked(settings, found, public_from=utc_now())
    for tenant_id in _others(settings, found.tenant_id):
        tenant_life.close(settings, tenant_id)
    return found


def history(opens_at: datetime) -> list[SampleEvent]:
    """Four weeks of real sales, which end as the sandbox opens."""
    return sample.ending_at(sample.load(), opens_at)


def catch_up(settings: StackSettings, sandbox: Sandbox, shop: Shop, until: datetime) -> Sandbox:
    """Send what happened in the shop in each minute that is over by ``until``. Raises as `reset` does."""
    while shop.now + MINUTE <= until:
        begins = shop.now
        events = shop.next_minute()
        if begins >= sandbox.sent_until:
            send(settings, sandbox, events)
            sandbox = _marked(settings, sandbox, sent_until=shop.now)
    return sandbox


def send(settings: StackSettings, sandbox: Sandbox, events: Sequence[SampleEvent]) -> None:
    """Send events over HTTP. The same events sent again add nothing. Raises `ReplayFailed`."""
    if events:
        with httpx.Client(base_url=settings.api_url) as client:
            token = fetch_token(client, sandbox.sender.client_id, sandbox.sender.secret)
            for _ in replay(client, token, str(sandbox.tenant_id), events):
                pass


def _opened(settings: StackSettings, opens_at: datetime) -> Sandbox:
    named = f"{opens_at:%Y-%m-%dT%H:%M:%SZ}"
    wanted = TenantRequest(f"sandbox of {named}", Region.EU_CENTRAL_1, scopes=("events:write",))
    made = tenant_life.open_(settings, wanted, f"{KEY_PREFIX}{named}")
    assert made.client is not None and made.client.secret is not None, "it is of today"
    tenant_id, sender = made.tenant.tenant_id, Secret(made.client.client_id, made.client.secret)
    key = key_of(tenant_life.api_settings(settings).encryption_key)

    async def keep(database: Database) -> Sandbox:
        new = await create_client(database, tenant_id, PUBLIC_SCOPES, operator())
        public = Secret(new.client.client_id, new.secret)
        sandbox = Sandbox(tenant_id, opens_at, opens_at, None, public, sender)
        async with database.transaction() as session:
            session.add(sandbox.row(key))
            await set_limit(session, operator(), tenant_id, LIMIT)
        return sandbox

    return on_database(settings, keep)


def _marked(settings: StackSettings, sandbox: Sandbox, **values: datetime) -> Sandbox:
    async def note(database: Database) -> None:
        async with database.transaction() as session:
            await mark(session, sandbox.tenant_id, **values)

    on_database(settings, note)
    return replace(sandbox, **values)  # type: ignore[arg-type]  # they are times of it


def _others(settings: StackSettings, kept: UUID) -> Sequence[UUID]:
    """Sandboxes of before, whole or half made."""

    async def find(database: Database) -> Sequence[UUID]:
        wanted = select(OperationRow.tenant_id).where(
            OperationRow.kind == Kind.OPENING,
            OperationRow.idempotency_key.startswith(KEY_PREFIX),
            OperationRow.tenant_id != kept,
        )
        async with database.transaction() as session:
            return (await session.scalars(wanted)).all()

    return on_database(settings, find)
