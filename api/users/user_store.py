"""Users in the database. Every function works in a session of the caller's, and for one tenant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.roles import Role
from api.tables import TenantRow
from api.users.tables import UserIdentityRow, UserRow
from api.users.user import Status, User


class EmailTaken(Exception):
    """The tenant has a user with this e-mail address."""


class LastAdmin(Exception):
    """After the change nobody could undo it: the tenant would have no admin who can sign in."""


async def add_user(session: AsyncSession, tenant_id: UUID, email: str, role: Role, now: datetime) -> User:
    """A new user, who cannot sign in yet; raises `EmailTaken`."""
    await lock_tenant(session, tenant_id)
    if await user_with_email(session, tenant_id, email) is not None:
        raise EmailTaken
    row = UserRow(
        user_id=uuid4(),
        tenant_id=tenant_id,
        email=email,
        password_hash=None,
        role=role,
        created_at=now,
        disabled_at=None,
    )
    session.add(row)
    await session.flush()
    return _user(row, known_elsewhere=False)


async def find_user(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> User | None:
    """The tenant's user of this id."""
    return await _one(session, _of(tenant_id).where(UserRow.user_id == user_id))


async def user_with_email(session: AsyncSession, tenant_id: UUID, email: str) -> User | None:
    """The tenant's user with this address, normalised."""
    return await _one(session, _of(tenant_id).where(UserRow.email == email))


async def list_users(
    session: AsyncSession, tenant_id: UUID, after: str | None = None, limit: int | None = None
) -> Sequence[User]:
    """The tenant's users by their addresses, from the one after ``after`` on."""
    query = _of(tenant_id).order_by(UserRow.email).limit(limit)
    if after is not None:
        query = query.where(UserRow.email > after)
    return [_user(row, known) for row, known in await session.execute(query)]


async def change_user(
    session: AsyncSession, user: User, now: datetime, *, role: Role | None, disabled: bool | None
) -> User:
    """The user as changed; raises `LastAdmin`."""
    await lock_tenant(session, user.tenant_id)
    row = await session.get_one(UserRow, user.user_id)
    if role is not None:
        row.role = role
    if disabled is not None:
        row.disabled_at = (row.disabled_at or now) if disabled else None
    await session.flush()
    changed = await find_user(session, user.tenant_id, user.user_id)
    assert changed is not None
    if _is_admin(user) and not _is_admin(changed) and not await _has_admin(session, user.tenant_id):
        raise LastAdmin
    return changed


async def lock_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """Let changes of one tenant's users follow one another until their transactions end."""
    locked = select(TenantRow.tenant_id).where(TenantRow.tenant_id == tenant_id).with_for_update()
    await session.execute(locked)


async def _has_admin(session: AsyncSession, tenant_id: UUID) -> bool:
    users = await list_users(session, tenant_id)
    return any(_is_admin(user) for user in users)


def _is_admin(user: User) -> bool:
    return user.role is Role.ADMIN and user.status is Status.ACTIVE


def _of(tenant_id: UUID) -> Select[UserRow, bool]:
    known = select(func.count()).where(UserIdentityRow.user_id == UserRow.user_id).scalar_subquery() > 0
    return select(UserRow, known).where(UserRow.tenant_id == tenant_id)


async def _one(session: AsyncSession, query: Select[UserRow, bool]) -> User | None:
    found = (await session.execute(query)).one_or_none()
    return None if found is None else _user(*found)


def _user(row: UserRow, known_elsewhere: bool) -> User:
    if row.disabled_at is not None:
        status = Status.DISABLED
    elif row.password_hash is None and not known_elsewhere:
        status = Status.INVITED
    else:
        status = Status.ACTIVE
    return User(row.user_id, row.tenant_id, row.email, Role(row.role), status, row.created_at)
