"""``/v1/session``: signing in and out, and who is signed in."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.attempts import TooManyFailures
from api.access.roles import scopes_of
from api.clock import utc_now
from api.sessions.cross_site import check_origin, csrf_token
from api.sessions.session_paths import LINK_PATH, SESSION_PATH, paths
from api.sessions.session_store import FRESH, Session, end_session, find_session
from api.sessions.sign_in import SignIn
from api.sessions.user_sessions import UserSessions, in_session
from api.users.user import LONGEST_EMAIL
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

NEVER_STORED = {"Cache-Control": "no-store"}

__all__ = ["paths", "routes"]

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a user signs in with."""

    tenant_id: UUID
    email: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_EMAIL)]
    password: Password


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link's token, and the password that is to be."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    password: Password


class SignedIn(msgspec.Struct, frozen=True):
    """Who is signed in, and what a page of ours needs to know of it."""

    user_id: UUID
    tenant_id: UUID
    email: str
    role: str
    scopes: list[str]
    csrf_token: str
    signed_in_at: datetime
    expires_at: datetime
    stepped_up_until: datetime | None


async def sign_in(request: Request) -> Response:
    """``POST /v1/session``."""
    sessions: UserSessions = request.state.user_sessions
    check_origin(request, sessions.origin, required=False)
    credentials = await read_json(request, Credentials)
    try:
        token = await _ways_in(request).with_password(
            credentials.tenant_id,
            credentials.email,
            credentials.password,
            request.client.host if request.client else "unknown",
        )
    except TooManyFailures as error:
        raise Problem(
            429,
            "Too many attempts",
            "Too many attempts failed, on this account or from this network.",
            type="too-many-attempts",
            headers={"Retry-After": str(error.seconds)},
        ) from None
    return await started(request, token)


async def set_password(request: Request) -> Response:
    """``POST /v1/session/link``."""
    sessions: UserSessions = request.state.user_sessions
    check_origin(request, sessions.origin, required=False)
    chosen = await read_json(request, NewPassword)
    return await started(request, await _ways_in(request).with_link(chosen.token, chosen.password))


@in_session
async def who(request: Request, session: Session) -> Response:
    """``GET /v1/session``."""
    return Response(_shown(request, session), headers=NEVER_STORED, media_type=JSON)


@in_session
async def sign_out(request: Request, session: Session) -> Response:
    """``DELETE /v1/session``."""
    async with request.state.database.transaction() as transaction:
        await end_session(transaction, session.token)
    response = Response(status_code=204, headers=NEVER_STORED)
    request.state.user_sessions.cookie.clear(response)
    return response


async def started(request: Request, token: str) -> Response:
    """The answer to who has just signed in or stepped up: with the new token as the cookie, in place of any earlier."""
    sessions: UserSessions = request.state.user_sessions
    before = sessions.cookie.read(request)
    async with request.state.database.transaction() as transaction:
        if before:
            await end_session(transaction, before)
        session = await find_session(transaction, token, utc_now(), sessions.limits)
    assert session is not None, "it has just begun"
    response = Response(_shown(request, session), headers=NEVER_STORED, media_type=JSON)
    sessions.cookie.set(response, token, sessions.limits.lifetime)
    return response


def _ways_in(request: Request) -> SignIn:
    state = request.state
    return SignIn(state.database, state.password_checker, state.user_sessions.limits)


def _shown(request: Request, session: Session) -> bytes:
    limits = request.state.user_sessions.limits
    until = session.stepped_up_at + FRESH if session.stepped_up_at is not None else None
    return msgspec.json.encode(
        SignedIn(
            user_id=session.user_id,
            tenant_id=session.tenant_id,
            email=session.email,
            role=session.role,
            scopes=sorted(scopes_of(session.role)),
            csrf_token=csrf_token(session.token),
            signed_in_at=session.signed_in_at,
            expires_at=session.signed_in_at + limits.lifetime,
            stepped_up_until=until,
        )
    )


routes: list[BaseRoute] = [
    route(SESSION_PATH, get=who, post=sign_in, delete=sign_out),
    Route(LINK_PATH, set_password, methods=["POST"]),
]
