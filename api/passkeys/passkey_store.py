"""Users' passkeys in the database. Every function works in a session of the caller's, and for one user."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.passkeys.ceremonies import Passkey
from api.users.tables import PasskeyRow


async def passkeys_of(session: AsyncSession, user_id: UUID) -> Sequence[PasskeyRow]:
    """The user's passkeys, oldest first."""
    of_user = select(PasskeyRow).where(PasskeyRow.user_id == user_id)
    return (await session.scalars(of_user.order_by(PasskeyRow.created_at, PasskeyRow.credential_id))).all()


async def add_passkey(
    session: AsyncSession, user_id: UUID, passkey: Passkey, name: str, now: datetime
) -> PasskeyRow | None:
    """The passkey as it is kept; nothing where somebody has it already."""
    if await session.get(PasskeyRow, passkey.credential_id) is not None:
        return None
    row = PasskeyRow(
        credential_id=passkey.credential_id,
        user_id=user_id,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
        name=name,
        created_at=now,
        used_at=None,
    )
    session.add(row)
    await session.flush()
    return row


async def find_passkey(session: AsyncSession, user_id: UUID, credential_id: str) -> PasskeyRow | None:
    """The user's passkey of this id, locked until the transaction ends."""
    row = await session.get(PasskeyRow, credential_id, with_for_update=True)
    return row if row is not None and row.user_id == user_id else None


async def remove_passkey(session: AsyncSession, user_id: UUID, credential_id: str) -> str | None:
    """The name of the passkey that is no more; nothing where the user has none of this id."""
    of_user = delete(PasskeyRow).where(
        PasskeyRow.user_id == user_id, PasskeyRow.credential_id == credential_id
    )
    return await session.scalar(of_user.returning(PasskeyRow.name))
