"""Signing in: with a password, and by the link with which a password is set. Whoever may not learns nothing of why."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from api.access.client_secrets import Overloaded, SecretChecker
from api.audit.audit_log import Actor, record
from api.clock import Clock, utc_now
from api.database import Database
from api.sessions import lockout
from api.sessions.lockout import Attempt
from api.sessions.passwords import PASSWORD_HASHER, normalised, weakness
from api.sessions.session_store import Limits, begin_session, end_sessions_of
from api.tables import TenantRow
from api.users.tables import UserRow
from api.users.user import normalised_email
from api.users.user_links import owner_of, use_link
from api.web.problems import Problem

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class SignIn:
    """The ways in, of one deployment. Each gives the token of a new session, and raises `Problem`."""

    database: Database
    passwords: SecretChecker
    limits: Limits
    now: Clock = utc_now

    async def with_password(self, tenant_id: UUID, email: str, password: str, address: str) -> str:
        """For the tenant's user with this e-mail address. Raises ``TooManyFailures`` too."""
        now, known_email = self.now(), normalised_email(email) or ""
        attempt = Attempt.at(tenant_id, known_email, address)
        await lockout.begin(self.database, attempt, now)
        user = await self._with_access(tenant_id, known_email)
        kept = user.password_hash if user is not None else None
        # the same work whatever the reason for which it will be refused
        matches = await _calm(self.passwords.check(kept, normalised(password)))
        if user is None or not matches:
            raise _refused()
        async with self.database.transaction() as session:
            await lockout.succeeded(session, attempt, now)
            return await begin_session(session, user.user_id, now, self.limits)

    async def with_link(self, token: str, password: str) -> str:
        """Set the password of whoever has this link, sign them out everywhere else, and use the link up."""
        now, password = self.now(), normalised(password)
        async with self.database.transaction() as session:
            owner = await owner_of(session, token, now)
        if owner is None:
            raise _dead_link()
        reason = weakness(password, owner.email)
        if reason is not None:
            raise Problem(400, "Weak password", f"The password {reason}.", type="weak-password")
        password_hash = await _calm(self.passwords.hash(password))
        async with self.database.transaction() as session:
            # of two at once, or after a new link was made meanwhile, only one is let in
            if await owner_of(session, token, now) is None or not await use_link(session, token):
                raise _dead_link()
            user = await session.get_one(UserRow, owner.user_id)
            user.password_hash = password_hash
            await end_sessions_of(session, user.user_id)
            began = await begin_session(session, user.user_id, now, self.limits)
            await record(
                session,
                actor=Actor("user", str(user.user_id), user.tenant_id),
                action="user.password-set",
                tenant_id=user.tenant_id,
                subject=f"user/{user.user_id}",
            )
        return began

    async def _with_access(self, tenant_id: UUID, email: str) -> UserRow | None:
        joined = select(UserRow).join(TenantRow, TenantRow.tenant_id == UserRow.tenant_id)
        with_access = joined.where(
            UserRow.tenant_id == tenant_id,
            UserRow.email == email,
            UserRow.disabled_at.is_(None),
            TenantRow.suspended.is_(False),
        )
        async with self.database.transaction() as session:
            return (await session.scalars(with_access)).one_or_none()


def password_checker() -> SecretChecker:
    """Checks passwords on a thread of its own, so that guessing them holds up no client's token."""
    return SecretChecker(PASSWORD_HASHER)


async def _calm(work: Awaitable[Answer]) -> Answer:
    try:
        return await work
    except Overloaded:
        raise Problem(
            503,
            "Too busy",
            "Too many people sign in at once; try again in a moment.",
            type="unavailable",
            headers={"Retry-After": "2"},
        ) from None


def _refused() -> Problem:
    return Problem(
        401,
        "Not signed in",
        "There is no such user, or the password is another.",
        type="sign-in-refused",
        headers={"WWW-Authenticate": 'Bearer realm="aurora"'},
    )


def _dead_link() -> Problem:
    return Problem(
        403, "Dead link", "The link was used before, or is too old, or never was one.", type="dead-link"
    )
