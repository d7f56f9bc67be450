"""Sessions in the database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.opaque_tokens import hash_of, new_token
from api.access.roles import Role
from api.tables import TenantRow
from api.users.tables import SessionRow, UserRow

# how long a passkey that was shown counts; and a password, for making the first passkey
FRESH = timedelta(minutes=5)
# writing every request's time would be a transaction more for each
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """A session ends when nothing came for ``idle``, and ``lifetime`` after it began in any case."""

    idle: timedelta
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a user is signed in."""

    token: str = field(repr=False)
    user_id: UUID
    tenant_id: UUID
    email: str
    role: Role
    signed_in_at: datetime
    stepped_up_at: datetime | None

    def is_stepped_up(self, now: datetime) -> bool:
        """Whether the user has just shown a passkey."""
        return self.stepped_up_at is not None and now - self.stepped_up_at < FRESH

    def is_fresh(self, now: datetime) -> bool:
        """Whether the user has just signed in."""
        return now - self.signed_in_at < FRESH


async def begin_session(session: AsyncSession, user_id: UUID, now: datetime, limits: Limits) -> str:
    """The token of a new session. Sessions that are over are removed on the way."""
    await session.execute(delete(SessionRow).where(SessionRow.signed_in_at < now - limits.lifetime))
    token = new_token()
    session.add(
        SessionRow(
            token_hash=hash_of(token), user_id=user_id, signed_in_at=now, seen_at=now, stepped_up_at=None
        )
    )
    await session.flush()
    return token


async def find_session(session: AsyncSession, token: str, now: datetime, limits: Limits) -> Session | None:
    """The session with this token, if it lives and its user and tenant have access. Notes that it was used."""
    joined = (
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.user_id == SessionRow.user_id)
        .join(TenantRow, TenantRow.tenant_id == UserRow.tenant_id)
    )
    living = joined.where(
        SessionRow.token_hash == hash_of(token),
        SessionRow.signed_in_at > now - limits.lifetime,
        SessionRow.seen_at > now - limits.idle,
        UserRow.disabled_at.is_(None),
        TenantRow.suspended.is_(False),
    )
    found = (await session.execute(living)).one_or_none()
    if found is None:
        return None
    row, user = found
    if now - row.seen_at >= SEEN_EVERY:
        row.seen_at = now
    return Session(
        token=token,
        user_id=user.user_id,
        tenant_id=user.tenant_id,
        email=user.email,
        role=Role(user.role),
        signed_in_at=row.signed_in_at,
        stepped_up_at=row.stepped_up_at,
    )


async def step_up(session: AsyncSession, token: str, now: datetime) -> str:
    """The session's new token, now that its user has shown a passkey; the old one is worth nothing any more."""
    renewed = new_token()
    await session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == hash_of(token))
        .values(token_hash=hash_of(renewed), stepped_up_at=now)
    )
    return renewed


async def set_challenge(session: AsyncSession, token: str, challenge: bytes, until: datetime) -> None:
    """What the browser's authenticator must sign until then; any earlier challenge is void."""
    await session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == hash_of(token))
        .values(challenge=challenge, challenge_until=until)
    )


async def take_challenge(session: AsyncSession, token: str, now: datetime) -> bytes | None:
    """What must have been signed, if that was not too long ago. It serves once."""
    row = await session.get(SessionRow, hash_of(token), with_for_update=True)
    if row is None or row.challenge is None or row.challenge_until is None:
        return None
    challenge, until = row.challenge, row.challenge_until
    row.challenge = row.challenge_until = None
    return challenge if now < until else None


async def end_session(session: AsyncSession, token: str) -> None:
    """Sign out."""
    await session.execute(delete(SessionRow).where(SessionRow.token_hash == hash_of(token)))


async def end_sessions_of(session: AsyncSession, user_id: UUID) -> None:
    """Sign a user out everywhere."""
    await session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))
