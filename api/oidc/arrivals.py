"""Who it is that comes from an identity provider: a user who is known by it, or by their address, or a new one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.access.roles import Role
from api.audit.audit_log import Actor, record
from api.oidc.id_token import Identity
from api.oidc.provider_store import IdentityProvider
from api.tables import TenantRow
from api.users.tables import UserIdentityRow
from api.users.user import Status, User
from api.users.user_store import add_user, find_user, user_with_email

NEW_ROLE = Role.VIEWER


class NotLetIn(Exception):
    """The provider knows this person, and we do not let them in; the message is for them."""


async def user_of(
    session: AsyncSession, tenant_id: UUID, provider: IdentityProvider, identity: Identity, now: datetime
) -> User:
    """The user that this is from now on; raises `NotLetIn`.

    Only the subject stays the same for ever: an address may be given to somebody else. So an address counts once, when
    the subject is first seen, and only one that the provider has confirmed and is trusted with.
    """
    tenant = await session.get(TenantRow, tenant_id)
    if tenant is None or tenant.suspended:
        raise NotLetIn("Your company has no access now.")
    known = await session.get(UserIdentityRow, (tenant_id, identity.issuer, identity.subject))
    user = await find_user(session, tenant_id, known.user_id) if known is not None else None
    if user is None:
        user = await _first_seen(session, tenant_id, provider, identity, now)
    if user.status is Status.DISABLED:
        raise NotLetIn("Your account is disabled. An admin of your company can help.")
    return user


async def _first_seen(
    session: AsyncSession, tenant_id: UUID, provider: IdentityProvider, identity: Identity, now: datetime
) -> User:
    email = identity.email
    if email is None or not provider.vouches_for(email):
        raise NotLetIn("Your company's account has no confirmed e-mail address that may sign in here.")
    user = await user_with_email(session, tenant_id, email)
    action = "user.linked"
    if user is None:
        user, action = await add_user(session, tenant_id, email, NEW_ROLE, now), "user.joined"
    session.add(
        UserIdentityRow(
            tenant_id=tenant_id, issuer=identity.issuer, subject=identity.subject, user_id=user.user_id
        )
    )
    await session.flush()
    await record(
        session,
        actor=Actor("user", str(user.user_id), tenant_id),
        action=action,
        tenant_id=tenant_id,
        subject=f"user/{user.user_id}",
        after={"email": email, "role": user.role, "issuer": identity.issuer},
    )
    return user
