"""Browsers that are away at an identity provider, and how they are known again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.opaque_tokens import hash_of, new_token
from api.users.tables import OidcSignInRow

LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Departure:
    """A sign-in that began. ``browser`` stays in the browser's cookie, so that nobody else can end it there."""

    tenant_id: UUID
    state: str
    browser: str
    nonce: str
    code_verifier: str


async def depart(session: AsyncSession, tenant_id: UUID, now: datetime) -> Departure:
    """Note that a browser goes. Those that did not come back in time are forgotten on the way."""
    await session.execute(delete(OidcSignInRow).where(OidcSignInRow.expires_at <= now))
    departure = Departure(tenant_id, new_token(), new_token(), new_token(), new_token())
    session.add(
        OidcSignInRow(
            state_hash=hash_of(departure.state),
            tenant_id=tenant_id,
            browser_hash=hash_of(departure.browser),
            nonce=departure.nonce,
            code_verifier=departure.code_verifier,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()
    return departure


async def come_back(session: AsyncSession, state: str, browser: str, now: datetime) -> Departure | None:
    """The departure of this browser, once, if it is not too long ago."""
    returned = delete(OidcSignInRow).where(
        OidcSignInRow.state_hash == hash_of(state), OidcSignInRow.browser_hash == hash_of(browser)
    )
    row = await session.scalar(returned.returning(OidcSignInRow))
    if row is None or row.expires_at <= now:
        return None
    return Departure(row.tenant_id, state, browser, row.nonce, row.code_verifier)
