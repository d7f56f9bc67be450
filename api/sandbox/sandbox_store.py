"""The sandboxes in the database, with the secrets of their clients sealed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.sealing import seal, unseal
from api.sandbox.tables import SandboxRow

_PUBLIC, _SENDER = b"sandbox/public/", b"sandbox/sender/"


@dataclass(frozen=True, slots=True)
class Secret:
    """A client and its secret."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox tenant: everybody may read with ``public``, the simulator sends with ``sender``."""

    tenant_id: UUID
    opened_at: datetime
    """When its history ends and its simulation begins."""
    sent_until: datetime
    public_from: datetime | None
    """None until its history is in."""
    public: Secret
    sender: Secret

    @classmethod
    def of(cls, row: SandboxRow, key: bytes) -> Self:
        """As the database has it; ``key`` unseals."""
        context = str(row.tenant_id).encode()
        return cls(
            row.tenant_id,
            row.opened_at,
            row.sent_until,
            row.public_from,
            Secret(row.public_client_id, unseal(key, row.sealed_public_secret, _PUBLIC + context).decode()),
            Secret(row.sender_client_id, unseal(key, row.sealed_sender_secret, _SENDER + context).decode()),
        )

    def row(self, key: bytes) -> SandboxRow:
        """As the database is to have it."""
        context = str(self.tenant_id).encode()
        return SandboxRow(
            tenant_id=self.tenant_id,
            opened_at=self.opened_at,
            sent_until=self.sent_until,
            public_from=self.public_from,
            public_client_id=self.public.client_id,
            sealed_public_secret=seal(key, self.public.secret.encode(), _PUBLIC + context),
            sender_client_id=self.sender.client_id,
            sealed_sender_secret=seal(key, self.sender.secret.encode(), _SENDER + context),
        )


async def newest(session: AsyncSession, key: bytes, *, public: bool = False) -> Sandbox | None:
    """The sandbox that was made last; where ``public``, of those that everybody may read."""
    wanted = select(SandboxRow).order_by(SandboxRow.opened_at.desc()).limit(1)
    if public:
        wanted = wanted.where(SandboxRow.public_from.is_not(None))
    row = (await session.scalars(wanted)).one_or_none()
    return None if row is None else Sandbox.of(row, key)


async def mark(session: AsyncSession, tenant_id: UUID, **values: datetime) -> None:
    """Note how far it is: ``sent_until``, ``public_from``."""
    await session.execute(update(SandboxRow).where(SandboxRow.tenant_id == tenant_id).values(**values))
