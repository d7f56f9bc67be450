"""``/v1/users``: a tenant's users, as an admin looks after them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.access.roles import Role
from api.audit.audit_log import record
from api.clock import utc_now
from api.sessions.session_store import end_sessions_of
from api.users.tables import PasskeyRow
from api.users.user import LONGEST_EMAIL, Status, User, normalised_email
from api.users.user_links import LIFETIME, link_address, make_link
from api.users.user_paths import LINK_PATH, PASSKEYS_PATH, USER_PATH, USERS_PATH, paths
from api.users.user_rules import check_role
from api.users.user_store import EmailTaken, LastAdmin, add_user, change_user, find_user, list_users
from api.web.cursor import Place, link_to_next
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
HEADERS = {"Cache-Control": "no-store"}

__all__ = ["paths", "routes"]


class EmailCursor(Place, frozen=True):
    """The user that was looked at last."""

    version: Literal[1]
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_EMAIL)]


class Invitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is invited, and what they will be."""

    email: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_EMAIL)]
    role: Role = Role.VIEWER


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to change of a user; what is not named stays."""

    role: Role | None = None
    disabled: bool | None = None


class Shown(msgspec.Struct, frozen=True):
    """A user as answers tell of them."""

    user_id: UUID
    email: str
    role: Role
    status: Status
    created_at: datetime
    link: str | msgspec.UnsetType = msgspec.UNSET
    link_expires_at: datetime | msgspec.UnsetType = msgspec.UNSET


_READERS: Mapping[str, Reader] = {"limit": whole_number(MAX_LIMIT), "cursor": cursor_of(EmailCursor)}


@requires("users:read")
async def listed(request: Request, principal: Principal) -> Response:
    """``GET /v1/users``."""
    values = values_of(request.query_params.multi_items(), _READERS)
    limit = values.get("limit", DEFAULT_LIMIT)
    after = values["cursor"].email if "cursor" in values else None
    async with request.state.database.transaction() as session:
        found = await list_users(session, principal.tenant_id, after, limit + 1)
    headers = dict(HEADERS)
    if len(found) > limit:
        headers["Link"] = link_to_next(request, EmailCursor(1, found[limit - 1].email))
    body = msgspec.json.encode([_shown(user) for user in found[:limit]])
    return Response(body, headers=headers, media_type=JSON)


@requires("users:write")
async def invite(request: Request, principal: Principal) -> Response:
    """``POST /v1/users``."""
    invitation = await read_json(request, Invitation)
    email = normalised_email(invitation.email)
    if email is None:
        raise Problem(
            400, "Bad body", "The body is not of its form: email is no e-mail address.", type="bad-json-body"
        )
    check_role(principal, invitation.role)
    now = utc_now()
    async with request.state.database.transaction() as session:
        try:
            user = await add_user(session, principal.tenant_id, email, invitation.role, now)
        except EmailTaken:
            raise Problem(
                409, "User exists", "There is a user with this e-mail address.", type="user-exists"
            ) from None
        token = await make_link(session, user.user_id, now)
        await _record(session, principal, "user.invited", user, after=_audited(user))
    return _with_link(request, user, token, now, status=201)


@requires("users:read")
async def shown(request: Request, principal: Principal) -> Response:
    """``GET /v1/users/{user_id}``."""
    async with _user_of(request, principal) as (_, user):
        return Response(msgspec.json.encode(_shown(user)), headers=HEADERS, media_type=JSON)


@requires("users:write")
async def change(request: Request, principal: Principal) -> Response:
    """``PATCH /v1/users/{user_id}``."""
    wanted = await read_json(request, Change)
    if wanted.role is not None:
        check_role(principal, wanted.role)
    async with _user_of(request, principal) as (session, user):
        if wanted.disabled is False:
            check_role(principal, user.role)
        try:
            changed = await change_user(session, user, utc_now(), role=wanted.role, disabled=wanted.disabled)
        except LastAdmin:
            raise Problem(
                409, "Last admin", "Nobody could undo this: it is the tenant's last admin.", type="last-admin"
            ) from None
        if changed.status is Status.DISABLED:
            await end_sessions_of(session, user.user_id)
        await _record(session, principal, "user.changed", user, _audited(user), _audited(changed))
    return Response(msgspec.json.encode(_shown(changed)), headers=HEADERS, media_type=JSON)


@requires("users:write")
async def new_link(request: Request, principal: Principal) -> Response:
    """``POST /v1/users/{user_id}/link``."""
    now = utc_now()
    async with _user_of(request, principal) as (session, user):
        check_role(principal, user.role)
        token = await make_link(session, user.user_id, now)
        await _record(session, principal, "user.link-made", user)
    return _with_link(request, user, token, now, status=201)


@requires("users:write")
async def forget_passkeys(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/users/{user_id}/passkeys``."""
    async with _user_of(request, principal) as (session, user):
        gone = await session.scalars(
            delete(PasskeyRow).where(PasskeyRow.user_id == user.user_id).returning(PasskeyRow.name)
        )
        await end_sessions_of(session, user.user_id)
        await _record(session, principal, "user.passkeys-forgotten", user, {"passkeys": sorted(gone)})
    return Response(status_code=204)


@asynccontextmanager
async def _user_of(request: Request, principal: Principal) -> AsyncIterator[tuple[AsyncSession, User]]:
    """A transaction, and the user that the path names."""
    unknown = Problem(404, "Unknown user", "The tenant has no user with this id.", type="unknown-user")
    try:
        user_id = UUID(request.path_params["user_id"])
    except ValueError:
        raise unknown from None
    async with request.state.database.transaction() as session:
        user = await find_user(session, principal.tenant_id, user_id)
        if user is None:
            raise unknown
        yield session, user


async def _record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    user: User,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    await record(
        session,
        actor=principal.actor,
        action=action,
        tenant_id=principal.tenant_id,
        subject=f"user/{user.user_id}",
        before=before,
        after=after,
    )


def _audited(user: User) -> Mapping[str, object]:
    return {"email": user.email, "role": user.role, "status": user.status}


def _shown(user: User) -> Shown:
    return Shown(user.user_id, user.email, user.role, user.status, user.created_at)


def _with_link(request: Request, user: User, token: str, now: datetime, status: int) -> Response:
    """The answer with the link, which nobody can read again later."""
    with_link = msgspec.structs.replace(
        _shown(user),
        link=link_address(request.state.user_sessions.origin, token),
        link_expires_at=now + LIFETIME,
    )
    return Response(msgspec.json.encode(with_link), status, HEADERS, JSON)


routes: list[BaseRoute] = [
    route(USERS_PATH, get=listed, post=invite),
    route(USER_PATH, get=shown, patch=change),
    Route(LINK_PATH, new_link, methods=["POST"]),
    Route(PASSKEYS_PATH, forget_passkeys, methods=["DELETE"]),
]
