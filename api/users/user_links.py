"""One-time links by which a user sets a password: the first after an invitation, or another where it was forgotten."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.opaque_tokens import hash_of, new_token
from api.tables import TenantRow
from api.users.tables import UserLinkRow, UserRow

LIFETIME = timedelta(hours=48)


async def make_link(session: AsyncSession, user_id: UUID, now: datetime) -> str:
    """The token of a new link; the user's earlier one leads nowhere any more."""
    token = new_token()
    await session.execute(delete(UserLinkRow).where(UserLinkRow.user_id == user_id))
    session.add(UserLinkRow(token_hash=hash_of(token), user_id=user_id, expires_at=now + LIFETIME))
    await session.flush()
    return token


async def owner_of(session: AsyncSession, token: str, now: datetime) -> UserRow | None:
    """Whose link it is, if it can still be used: by a user who is not disabled, of a tenant that is not suspended."""
    joined = (
        select(UserRow)
        .join(UserLinkRow, UserLinkRow.user_id == UserRow.user_id)
        .join(TenantRow, TenantRow.tenant_id == UserRow.tenant_id)
    )
    usable = joined.where(
        UserLinkRow.token_hash == hash_of(token),
        UserLinkRow.expires_at > now,
        UserRow.disabled_at.is_(None),
        TenantRow.suspended.is_(False),
    )
    return (await session.scalars(usable)).one_or_none()


async def use_link(session: AsyncSession, token: str) -> bool:
    """Use it up; whether it was still there, for of two who use it at once only one may."""
    used = delete(UserLinkRow).where(UserLinkRow.token_hash == hash_of(token)).returning(UserLinkRow.user_id)
    return await session.scalar(used) is not None


def link_address(origin: str, token: str) -> str:
    """Where a user opens it. Behind the # it reaches no server's log."""
    return f"{origin}/v1/account#link={token}"
