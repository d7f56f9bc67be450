"""What a process knows of keys and lost access, read from the database every few seconds, so that no request waits."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.key_store import UnreadableKey, load_keys
from api.access.keys import CLOCK_MARGIN, KeyRing
from api.clock import Clock, utc_now
from api.database import UNANSWERED, Database
from api.provisioning.tables import OperationRow
from api.tables import ClientRow, TenantRow

REFRESH_SECONDS = 10.0
# what was read last holds for so long while the database does not answer; then no token is accepted
STALE_SECONDS = 300.0
# a token with an unknown key may make us read again, but not more often than this
IMPATIENT_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accounts:
    """One reading: the keys, and the clients whose tokens no longer count."""

    keys: KeyRing
    blocked_clients: frozenset[str]
    removed_tenants: frozenset[UUID] = frozenset()
    """Those whose clients are no more to be found, though a token of theirs may still live."""


class AccountsUnread(Exception):
    """The database does not answer, so nobody knows who has access; the message is one line for the log."""


class AccountWatch:
    """Keeps ``Accounts`` fresh; readers share one query."""

    def __init__(
        self,
        database: Database,
        encryption_key: bytes,
        token_lifetime: timedelta,
        now: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._encryption_key = encryption_key
        self._token_lifetime = token_lifetime
        self._now = now
        self._monotonic = monotonic
        self._accounts = Accounts(KeyRing(), frozenset())
        self._read_at = -STALE_SECONDS
        self._reading: asyncio.Task[None] | None = None

    def accounts(self) -> Accounts:
        """The last reading; raises ``AccountsUnread`` if it is older than ``STALE_SECONDS``."""
        if self.age_seconds >= STALE_SECONDS:
            raise AccountsUnread(f"not read for {STALE_SECONDS:.0f} s")
        return self._accounts

    @property
    def age_seconds(self) -> float:
        """How old the last reading is."""
        return self._monotonic() - self._read_at

    async def refresh(self, older_than: float) -> None:
        """Read again if the last reading is older than so many seconds; raises ``AccountsUnread``."""
        if self.age_seconds <= older_than:
            return
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._done)
        # one who gives up must not end the reading for the others
        await asyncio.shield(self._reading)

    async def reread(self) -> None:
        """Have a reading that began after this call; raises ``AccountsUnread``."""
        if self._reading is not None:
            with suppress(AccountsUnread):
                await asyncio.shield(self._reading)
        await self.refresh(older_than=0)

    async def run(self) -> None:
        """Refresh for ever; a database that does not answer is logged and asked again."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.refresh(older_than=0)
            except AccountsUnread as error:
                log.warning("accounts not read", error=str(error), age_seconds=round(self.age_seconds, 1))

    def _done(self, reading: asyncio.Task[None]) -> None:
        self._reading = None
        # it may fail after everyone who waited has given up
        if not reading.cancelled():
            reading.exception()

    async def _read(self) -> None:
        # the reading is as old as its beginning
        began = self._monotonic()
        now = self._now()
        try:
            async with self._database.transaction() as session:
                keys = await load_keys(session, self._encryption_key, now)
                oldest = now - self._token_lifetime - CLOCK_MARGIN
                blocked = await _blocked_clients(session, since=oldest)
                removed = await _removed_tenants(session, since=oldest)
        except (*UNANSWERED, UnreadableKey) as error:
            raise AccountsUnread(f"{type(error).__name__}: {error}") from error
        self._accounts, self._read_at = Accounts(keys, blocked, removed), began


async def _blocked_clients(session: AsyncSession, since: datetime) -> frozenset[str]:
    """Clients without access that may still hold a token; those revoked before ``since`` hold none that lives."""
    lost = or_(ClientRow.revoked_at > since, TenantRow.suspended)
    joined = select(ClientRow.client_id).join(TenantRow, ClientRow.tenant_id == TenantRow.tenant_id)
    return frozenset(await session.scalars(joined.where(lost)))


async def _removed_tenants(session: AsyncSession, since: datetime) -> frozenset[UUID]:
    """Tenants whose removal began before any token of theirs, issued by then, has surely expired."""
    removals = select(OperationRow.tenant_id).where(OperationRow.kind == "closing")
    return frozenset(
        await session.scalars(
            removals.where(or_(OperationRow.finished_at.is_(None), OperationRow.begun_at > since))
        )
    )
