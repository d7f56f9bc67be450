"""What a caller without the right token is told (RFC 6750)."""

from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.access.authentication import InvalidToken, Principal, requires
from api.web.problems import Problem

PRINCIPAL = Principal(uuid4(), "client", frozenset({"alerts:read"}))


class OneToken:
    """Knows one token."""

    async def authenticate(self, token: str) -> Principal:
        if token != "good":
            raise InvalidToken
        return PRINCIPAL


def request(authorization: str | None) -> Request:
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    return Request({"type": "http", "headers": headers, "state": {"authenticator": OneToken()}})


@requires("alerts:read")
async def read(request: Request, principal: Principal) -> Response:
    assert request.state.principal is principal
    return PlainTextResponse(principal.id)


@requires("events:write")
async def write(request: Request, principal: Principal) -> Response:
    raise AssertionError("reached without its scope")


@pytest.mark.parametrize("header", ["Bearer good", "bearer good", "BEARER  good "])
async def test_a_valid_token_with_the_scope_reaches_the_endpoint(header: str) -> None:
    assert (await read(request(header))).body == b"client"


@pytest.mark.parametrize("header", [None, "Basic Zm9v", "Bearer", "Bearer ", "good"])
async def test_without_a_token_there_is_a_challenge_without_an_error(header: str | None) -> None:
    with pytest.raises(Problem) as refused:
        await read(request(header))
    assert refused.value.status == 401
    assert refused.value.headers == {"WWW-Authenticate": 'Bearer realm="aurora"'}


async def test_a_bad_token_is_named_as_such() -> None:
    with pytest.raises(Problem) as refused:
        await read(request("Bearer bad"))
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith(
        'Bearer realm="aurora", error="invalid_token"'
    )


async def test_a_missing_scope_is_named() -> None:
    with pytest.raises(Problem) as refused:
        await write(request("Bearer good"))
    assert refused.value.status == 403
    challenge = refused.value.headers["WWW-Authenticate"]
    assert challenge == 'Bearer realm="aurora", error="insufficient_scope", scope="events:write"'
