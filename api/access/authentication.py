"""Who is asking: bearer tokens (RFC 6750) and the scopes that an endpoint requires."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.web.problems import Problem

REALM = "aurora"


@dataclass(frozen=True, slots=True)
class Principal:
    """The client that a verified token speaks for, and what it may do."""

    tenant_id: UUID
    client_id: str
    scopes: frozenset[str]


class InvalidToken(Exception):
    """The token is malformed, forged, expired, or its client has lost access."""


class Authenticator(Protocol):
    """Turns a token into a principal; the application has one in ``request.state.authenticator``."""

    async def authenticate(self, token: str) -> Principal:
        """The principal of ``token``; raises ``InvalidToken``."""


Endpoint = Callable[[Request, Principal], Awaitable[Response]]


def requires(scope: str) -> Callable[[Endpoint], Callable[[Request], Awaitable[Response]]]:
    """Let only bearers of a valid token with ``scope`` reach the endpoint, which is given their principal."""

    def guard(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(endpoint)
        async def guarded(request: Request) -> Response:
            principal = await _principal(request)
            if scope not in principal.scopes:
                raise _insufficient_scope(scope)
            request.state.principal = principal
            return await endpoint(request, principal)

        return guarded

    return guard


async def _principal(request: Request) -> Principal:
    header = request.headers.get("authorization")
    if header is None:
        raise _unauthorised("This endpoint needs an access token: Authorization: Bearer <token>.")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _unauthorised("The Authorization header is not of the form: Bearer <token>.")
    authenticator: Authenticator = request.state.authenticator
    try:
        return await authenticator.authenticate(token.strip())
    except InvalidToken:
        # one answer for every reason, so that a forger learns nothing
        raise _unauthorised("The access token is not valid, or no longer.", error="invalid_token") from None


def _unauthorised(detail: str, error: str | None = None) -> Problem:
    challenge = f'Bearer realm="{REALM}"'
    if error is not None:
        challenge += f', error="{error}", error_description="{detail}"'
    return Problem(
        401, "Not authenticated", detail, type="unauthenticated", headers={"WWW-Authenticate": challenge}
    )


def _insufficient_scope(scope: str) -> Problem:
    return Problem(
        403,
        "Not allowed",
        f"The access token lacks the scope {scope}.",
        type="insufficient-scope",
        headers={
            "WWW-Authenticate": f'Bearer realm="{REALM}", error="insufficient_scope", scope="{scope}"',
        },
    )
