"""Clients: a tenant's programs that may ask for access tokens."""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.client_secrets import SecretChecker, hash_secret, new_secret
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.access.tenants import AccountError
from api.audit.actor import UNNAMED, Actor
from api.audit.audit_log import record
from api.database import Database
from api.tables import ClientRow, TenantRow

SCOPES = {
    "events:write": "Send events of one's own tenant.",
    "alerts:read": "Read alerts of one's own tenant.",
    "models:read": "Read the versions of one's own tenant's model.",
    "models:write": "Choose which version makes the predictions of one's own tenant.",
    "settings:read": "Read the settings and the catalogue of one's own tenant.",
    "settings:write": "Change the settings and the catalogue of one's own tenant.",
    "webhooks:read": "See where one's own tenant's alerts are sent, and what was sent.",
    "webhooks:write": "Say where one's own tenant's alerts are sent.",
    "digests:read": "See who gets the morning letter of one's own tenant.",
    "digests:write": "Choose who gets the morning letter of one's own tenant.",
    "suppressions:read": "Read the list of SKUs of which one's own tenant wants no alerts.",
    "suppressions:write": "Change the list of SKUs of which one's own tenant wants no alerts.",
    "audit:read": "Read who changed what of one's own tenant.",
    "clients:read": "See one's own tenant's clients.",
    "clients:write": "Make clients of one's own tenant, with no more scopes than one's own, and revoke them.",
    "usage:read": "See how much one's own tenant uses, and may use.",
    "predictions:read": "See which predictions of one's own tenant are hidden.",
    "predictions:write": "Hide and restore predictions of one's own tenant, and erase its customers.",
    "users:read": "See one's own tenant's users, and how they sign in.",
    "users:write": "Invite, change and disable users of one's own tenant, and say how they sign in.",
}
DEFAULT_SCOPES = frozenset({"events:write", "alerts:read", "models:read"})
"""What a client is given unless more is asked for: enough for a shop's programs, which change no model."""
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Client:
    """A program of a tenant; it may be given tokens with some or all of its scopes."""

    client_id: str
    tenant_id: UUID
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client just made, with its secret, which nobody can read again later."""

    client: Client
    secret: str = field(repr=False)


async def create_client(
    database: Database, tenant_id: UUID, scopes: Collection[str], actor: Actor = UNNAMED
) -> NewClient:
    """A new client; raises ``AccountError`` for an unknown tenant or scope."""
    row, secret = client_row(tenant_id, scopes)
    async with database.transaction() as session:
        if await session.get(TenantRow, tenant_id) is None:
            raise AccountError(f"there is no tenant {tenant_id}")
        await add_client(session, row, actor)
    return NewClient(_client(row), secret)


async def add_client(session: AsyncSession, row: ClientRow, actor: Actor) -> Client:
    """Keep a new client's row."""
    session.add(row)
    await session.flush()
    await _record(session, actor, "client.created", row, after={"scopes": row.scopes.split()})
    return _client(row)


def client_row(tenant_id: UUID, scopes: Collection[str]) -> tuple[ClientRow, str]:
    """The row of a new client, and its secret. Takes 25 ms of CPU; raises ``AccountError`` as `check_scopes`."""
    check_scopes(tenant_id, scopes)
    secret = new_secret()
    return new_row(tenant_id, scopes, hash_secret(secret)), secret


def new_row(tenant_id: UUID, scopes: Collection[str], secret_hash: str) -> ClientRow:
    """The row of a new client, of scopes that were checked."""
    return ClientRow(
        client_id=f"client_{secrets.token_hex(12)}",
        tenant_id=tenant_id,
        secret_hash=secret_hash,
        scopes=" ".join(sorted(set(scopes))),
        created_at=datetime.now(UTC),
        revoked_at=None,
    )


def check_scopes(tenant_id: UUID, scopes: Collection[str]) -> None:
    """Raises ``AccountError`` where a client of the tenant cannot have these scopes."""
    possible = OPERATOR_SCOPES if tenant_id == OPERATOR else SCOPES
    unknown = sorted(set(scopes) - possible.keys())
    if unknown:
        raise AccountError(f"unknown scope {', '.join(unknown)}; there are {', '.join(possible)}")
    if not scopes:
        raise AccountError(f"a client needs at least one scope of {', '.join(possible)}")


async def list_clients(database: Database, tenant_id: UUID) -> Sequence[Client]:
    """The tenant's clients, oldest first, revoked ones too."""
    of_tenant = select(ClientRow).where(ClientRow.tenant_id == tenant_id)
    async with database.transaction() as session:
        rows = await session.scalars(of_tenant.order_by(ClientRow.created_at, ClientRow.client_id))
        return [_client(row) for row in rows]


async def find_client(session: AsyncSession, tenant_id: UUID, client_id: str) -> Client | None:
    """The tenant's client of this id, if it was not revoked."""
    of_tenant = select(ClientRow).where(ClientRow.tenant_id == tenant_id, ClientRow.client_id == client_id)
    row = (await session.scalars(of_tenant.where(ClientRow.revoked_at.is_(None)))).one_or_none()
    return None if row is None else _client(row)


async def rotate_secret(session: AsyncSession, client: Client, secret_hash: str, actor: Actor) -> None:
    """Let another secret be the client's; the one before gets no token from now on."""
    row = await session.get_one(ClientRow, client.client_id)
    row.secret_hash = secret_hash
    await _record(session, actor, "client.secret-rotated", row)


async def revoke_client(database: Database, client_id: str, actor: Actor = UNNAMED) -> None:
    """Take away the client's access for good, within ``account_watch.REFRESH_SECONDS`` also from its tokens."""
    async with database.transaction() as session:
        await revoke(session, client_id, actor)


async def revoke(session: AsyncSession, client_id: str, actor: Actor) -> None:
    """As `revoke_client`, in a transaction of the caller's."""
    row = await session.scalar(
        update(ClientRow)
        .where(ClientRow.client_id == client_id, ClientRow.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
        .returning(ClientRow)
    )
    if row is None:
        raise AccountError(f"there is no client {client_id}, or it was revoked before")
    await _record(session, actor, "client.revoked", row, before={"scopes": row.scopes.split()})


async def authenticate_client(
    database: Database, checker: SecretChecker, client_id: str, secret: str
) -> Client | None:
    """The client if the secret is its own and it has access, else nothing, after the same work whatever the reason."""
    found: tuple[ClientRow, bool] | None = None
    if CLIENT_ID.fullmatch(client_id):
        joined = select(ClientRow, TenantRow.suspended).join(
            TenantRow, ClientRow.tenant_id == TenantRow.tenant_id
        )
        async with database.transaction() as session:
            answer = await session.execute(joined.where(ClientRow.client_id == client_id))
            found = answer.one_or_none()
    matches = await checker.check(found[0].secret_hash if found else None, secret)
    if found is None or not matches:
        return None
    row, suspended = found
    return None if suspended or row.revoked_at is not None else _client(row)


def _client(row: ClientRow) -> Client:
    return Client(row.client_id, row.tenant_id, frozenset(row.scopes.split()), row.created_at, row.revoked_at)


async def _record(
    session: AsyncSession,
    actor: Actor,
    action: str,
    row: ClientRow,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    await record(
        session,
        actor=actor,
        action=action,
        tenant_id=row.tenant_id,
        subject=f"client/{row.client_id}",
        before=before,
        after=after,
    )
