"""The life of tenants: opened, suspended, resumed and closed by the API and by the command line alike."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.sealing import key_of, unseal
from api.access.tenants import AccountError, tenant_row
from api.audit.audit_log import Actor, record
from api.clock import Clock, utc_now
from api.database import Database
from api.provisioning import closing, opening
from api.provisioning.known_tenants import FirstClient, KnownTenant, UnknownTenant, find, locked, page
from api.provisioning.operations import Kind, begin, forget_steps, of_key, of_tenant, run, states
from api.provisioning.steps import StepState
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_request import TenantRequest, check
from api.settings import Settings
from api.tables import TenantRow

SECRET_KEPT = timedelta(hours=24)
"""For so long a repeated request is told the first client's secret again; then nobody can read it any more."""


class NameTaken(AccountError):
    """Another tenant has the name."""


class OtherRegion(AccountError):
    """The tenant's data must stay where this deployment is not."""


class KeyReused(AccountError):
    """The idempotency key began the making of another tenant."""


class BeingClosed(AccountError):
    """The tenant is being removed, and nothing brings it back."""


async def _nobody_to_tell() -> None:
    """Where no API runs in this process."""


class Provisioning:
    """Does all that is done to tenants. Its methods raise ``AccountError``, and ``Incomplete`` where a step fails."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        settings: Settings,
        access_changed: Callable[[], Awaitable[None]] = _nobody_to_tell,
        now: Clock = utc_now,
    ) -> None:
        """``access_changed`` is called once a change of who may enter is committed."""
        self._database = database
        self._access_changed = access_changed
        self._redis = redis
        self._settings = settings
        self._encryption_key = key_of(settings.encryption_key)
        self._now = now

    async def open(self, wanted: TenantRequest, actor: Actor, key: str | None = None) -> KnownTenant:
        """Make a tenant, or go on with what an earlier call with this idempotency key began.

        Raises `NameTaken`, `OtherRegion` or `KeyReused`, and then nothing was made.
        """
        check(wanted)
        if self._settings.region not in (None, wanted.region):
            raise OtherRegion(
                f"this deployment is in {self._settings.region}, and no data may leave {wanted.region}"
            )
        try:
            operation = await self._of_key(wanted, key) or await self._begun(wanted, actor, key)
        except IntegrityError:
            # another has its name, unless another call with its key was quicker
            found = await self._of_key(wanted, key)
            if found is None:
                raise NameTaken(f"there is already a tenant named {wanted.name}") from None
            operation = found
        return await self._opened(operation, actor)

    async def suspend(self, tenant_id: UUID, actor: Actor) -> KnownTenant:
        """Take away the tenant's access; its data stays."""
        async with self._database.transaction() as session:
            row = await locked(session, tenant_id)
            if not row.suspended:
                row.suspended = True
                await _record(session, actor, "tenant.suspended", row)
        await self._access_changed()
        return await self.find(tenant_id)

    async def resume(self, tenant_id: UUID, actor: Actor) -> KnownTenant:
        """Let the tenant be active again: finish its making, and end its suspension."""
        async with self._database.transaction() as session:
            row = await locked(session, tenant_id)
            if await of_tenant(session, tenant_id, Kind.CLOSING):
                raise BeingClosed("the tenant is being removed; delete it again to go on with that")
            operation = await of_tenant(session, tenant_id, Kind.OPENING)
        unfinished = operation is not None and operation.finished_at is None
        opened = await self._opened(operation, actor) if unfinished and operation is not None else None
        async with self._database.transaction() as session:
            row = await locked(session, tenant_id)
            if row.suspended:
                row.suspended = False
                await _record(session, actor, "tenant.resumed", row)
        await self._access_changed()
        return opened or await self.find(tenant_id)

    async def close(self, tenant_id: UUID, actor: Actor) -> Sequence[StepState]:
        """Remove the tenant and all that is its own, or go on with that; returns the steps, all done."""
        async with self._database.transaction() as session:
            operation = await of_tenant(session, tenant_id, Kind.CLOSING)
            if operation is None:
                row = await locked(session, tenant_id)
                row.suspended = True
                operation = await begin(session, tenant_id, Kind.CLOSING, closing.ACCESS, request=row.name)
                await _record(session, actor, "tenant.closing", row)
            elif operation.finished_at is not None:
                await forget_steps(session, operation, closing.LATECOMERS)
        await self._access_changed()
        name = operation.request or ""
        steps = closing.steps(operation, name, actor, self._settings, self._redis)
        await run(self._database, operation, closing.NAMES, steps)
        async with self._database.transaction() as session:
            return await states(session, operation.operation_id, closing.NAMES)

    async def find(self, tenant_id: UUID) -> KnownTenant:
        """The tenant as it stands."""
        async with self._database.transaction() as session:
            return await find(session, tenant_id)

    async def page(self, after: str | None, limit: int) -> Sequence[KnownTenant]:
        """Up to ``limit`` tenants by name, those after a name, without their steps."""
        async with self._database.transaction() as session:
            return await page(session, after, limit)

    async def _begun(self, wanted: TenantRequest, actor: Actor, key: str | None) -> OperationRow:
        async with self._database.transaction() as session:
            row = tenant_row(wanted.name, wanted.region, wanted.tier)
            session.add(row)
            await session.flush()
            operation = await begin(
                session,
                row.tenant_id,
                Kind.OPENING,
                opening.ACCOUNT,
                request=msgspec.json.encode(wanted).decode(),
                idempotency_key=key,
                request_digest=_digest(wanted),
            )
            await _record(session, actor, "tenant.created", row)
        return operation

    async def _of_key(self, wanted: TenantRequest, key: str | None) -> OperationRow | None:
        if key is None:
            return None
        async with self._database.transaction() as session:
            found = await of_key(session, key)
        if found is not None and found.request_digest != _digest(wanted):
            raise KeyReused("the idempotency key began the making of another tenant")
        return found

    async def _opened(self, operation: OperationRow, actor: Actor) -> KnownTenant:
        async with self._database.transaction() as session:
            if await of_tenant(session, operation.tenant_id, Kind.CLOSING):
                raise BeingClosed("the tenant is being removed")
        wanted = msgspec.json.decode(operation.request or "", type=TenantRequest)
        steps = opening.steps(operation, wanted, actor, self._settings, self._encryption_key)
        await run(self._database, operation, opening.NAMES, steps)
        async with self._database.transaction() as session:
            await self._forget_secrets(session)
            kept = await session.get_one(OperationRow, operation.operation_id)
        known = await self.find(operation.tenant_id)
        return KnownTenant(known.tenant, known.standing, known.steps, self._client(kept, wanted.scopes))

    async def _forget_secrets(self, session: AsyncSession) -> None:
        old = OperationRow.finished_at < self._now() - SECRET_KEPT
        kept = OperationRow.sealed_secret.is_not(None)
        await session.execute(update(OperationRow).where(old, kept).values(sealed_secret=None))

    def _client(self, operation: OperationRow, scopes: Sequence[str]) -> FirstClient:
        assert operation.client_id is not None, "the last step makes it"
        if operation.sealed_secret is None:
            return FirstClient(operation.client_id, scopes, None)
        context = opening.secret_context(operation.operation_id)
        secret = unseal(self._encryption_key, operation.sealed_secret, context).decode()
        return FirstClient(operation.client_id, scopes, secret)


def _digest(wanted: TenantRequest) -> bytes:
    return hashlib.sha256(msgspec.json.encode(wanted)).digest()


async def _record(session: AsyncSession, actor: Actor, action: str, row: TenantRow) -> None:
    await record(
        session,
        actor=actor,
        action=action,
        tenant_id=row.tenant_id,
        subject=f"tenant/{row.tenant_id}",
        after={"name": row.name, "region": row.region, "tier": row.tier, "suspended": row.suspended},
    )
