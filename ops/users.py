"""Users of tenants, from the command line: for the first admin of a tenant, whom nobody else can invite."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from api.access.roles import Role
from api.access.tenants import AccountError, Tenant
from api.audit.audit_log import record
from api.clock import utc_now
from api.database import Database
from api.settings import Settings
from api.users.user import User, normalised_email
from api.users.user_links import link_address, make_link
from api.users.user_store import EmailTaken, add_user, list_users, user_with_email
from ops.accounts_database import on_database
from ops.operator import operator
from ops.stack import Stack

Change = Callable[[AsyncSession, str], Awaitable[User]]


def invite_user(stack: Stack, tenant: Tenant, email: str, role: Role) -> str:
    """The link for a new user. Raises `AccountError`."""

    async def add(session: AsyncSession, address: str) -> User:
        try:
            user = await add_user(session, tenant.tenant_id, address, role, utc_now())
        except EmailTaken:
            raise AccountError(
                f"{tenant.name} has a user {address}; `aurora user link` makes a new link"
            ) from None
        await _record(session, user, "user.invited", {"email": address, "role": role})
        return user

    return _link(stack, email, add)


def link_for_user(stack: Stack, tenant: Tenant, email: str) -> str:
    """A new link for a user that there is. Raises `AccountError`."""

    async def find(session: AsyncSession, address: str) -> User:
        user = await user_with_email(session, tenant.tenant_id, address)
        if user is None:
            raise AccountError(f"{tenant.name} has no user {address}")
        await _record(session, user, "user.link-made", None)
        return user

    return _link(stack, email, find)


def users_of(stack: Stack, tenant: Tenant) -> Sequence[User]:
    """Every user of the tenant, by their addresses."""

    async def read(database: Database) -> Sequence[User]:
        async with database.transaction() as session:
            return await list_users(session, tenant.tenant_id)

    return on_database(stack.settings, read)


def _link(stack: Stack, email: str, user_of: Change) -> str:
    address = normalised_email(email)
    if address is None:
        raise AccountError(f"{email} is no e-mail address")

    async def make(database: Database) -> str:
        async with database.transaction() as session:
            user = await user_of(session, address)
            return await make_link(session, user.user_id, utc_now())

    fields = {name.removeprefix("AURORA_").lower(): value for name, value in stack.env.items()}
    return link_address(Settings.model_validate(fields).browser_origin, on_database(stack.settings, make))


async def _record(session: AsyncSession, user: User, action: str, after: dict[str, object] | None) -> None:
    await record(
        session,
        actor=operator(),
        action=action,
        tenant_id=user.tenant_id,
        subject=f"user/{user.user_id}",
        after=after,
    )
