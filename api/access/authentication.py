"""Who is asking, by a bearer token (RFC 6750) or a session's cookie, and the scopes that an endpoint requires."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.access.roles import needs_step_up
from api.audit.actor import Actor
from api.web.problems import Problem

REALM = "aurora"


@dataclass(frozen=True, slots=True)
class Principal:
    """The client that a verified token speaks for, or the user whose session it is, and what they may do."""

    tenant_id: UUID
    id: str
    scopes: frozenset[str]
    kind: Literal["client", "user"] = "client"
    stepped_up: bool = False
    """Whether a user has shown a passkey in the last minutes; of no meaning for a client."""

    @property
    def actor(self) -> Actor:
        """As the audit log names who this is."""
        return Actor(self.kind, self.id, self.tenant_id)


class InvalidToken(Exception):
    """The token is malformed, forged, expired, or its client has lost access."""


class Authenticator(Protocol):
    """Turns a token into a principal; the application has one in ``request.state.authenticator``."""

    async def authenticate(self, token: str) -> Principal:
        """The principal of ``token``; raises ``InvalidToken``."""


class Sessions(Protocol):
    """Knows the sessions of users; the application has one in ``request.state.sessions``."""

    async def principal(self, request: Request) -> Principal | None:
        """The user whose live session's cookie came along, or nobody.

        Raises `Problem` for a changing request that may have been made by another site's page.
        """


Endpoint = Callable[[Request, Principal], Awaitable[Response]]


def requires(scope: str) -> Callable[[Endpoint], Callable[[Request], Awaitable[Response]]]:
    """Let only those with ``scope`` reach the endpoint, which is given their principal.

    They come with a valid token, or with a session; there an admin's action needs a passkey shown shortly before.
    """

    def guard(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(endpoint)
        async def guarded(request: Request) -> Response:
            principal = await authenticated(request)
            if scope not in principal.scopes:
                raise insufficient_scope(scope)
            if principal.kind == "user" and needs_step_up(scope) and not principal.stepped_up:
                raise step_up_required()
            request.state.principal = principal
            return await endpoint(request, principal)

        # so that the OpenAPI document and the tests can tell
        guarded.scope = scope  # type: ignore[attr-defined]
        return guarded

    return guard


def scope_of(endpoint: Callable[[Request], Awaitable[Response]]) -> str | None:
    """The scope that an endpoint requires."""
    return getattr(endpoint, "scope", None)


async def authenticated(request: Request) -> Principal:
    """Who is asking, whatever they may do; raises `Problem`."""
    header = request.headers.get("authorization")
    if header is None and "cookie" in request.headers:
        sessions: Sessions = request.state.sessions
        principal = await sessions.principal(request)
        if principal is not None:
            return principal
    if header is None:
        raise unauthenticated("This endpoint needs an access token: Authorization: Bearer <token>.")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise unauthenticated("The Authorization header is not of the form: Bearer <token>.")
    authenticator: Authenticator = request.state.authenticator
    try:
        return await authenticator.authenticate(token.strip())
    except InvalidToken:
        # one answer for every reason, so that a forger learns nothing
        raise unauthenticated("The access token is not valid, or no longer.", error="invalid_token") from None


def unauthenticated(detail: str, error: str | None = None) -> Problem:
    """What is told to who shows neither a valid token nor a live session."""
    challenge = f'Bearer realm="{REALM}"'
    if error is not None:
        challenge += f', error="{error}", error_description="{detail}"'
    return Problem(
        401, "Not authenticated", detail, type="unauthenticated", headers={"WWW-Authenticate": challenge}
    )


def insufficient_scope(scope: str) -> Problem:
    """What is told to who may do other things, but not this."""
    return Problem(
        403,
        "Not allowed",
        f"The access token, or the user's role, lacks the scope {scope}.",
        type="insufficient-scope",
        headers={
            "WWW-Authenticate": f'Bearer realm="{REALM}", error="insufficient_scope", scope="{scope}"',
        },
    )


def step_up_required() -> Problem:
    """What a user is told who may do this, but has not just shown a passkey."""
    return Problem(
        403,
        "Passkey needed",
        "This needs your passkey, shown in this session within the last minutes: see /v1/session/step-up.",
        type="step-up-required",
    )
