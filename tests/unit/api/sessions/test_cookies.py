"""The session's cookie."""

from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from api.sessions.cookies import session_cookie


def request(cookie: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def test_a_secure_one_is_of_this_host_alone() -> None:
    response = Response()
    session_cookie(secure=True).set(response, "token", timedelta(hours=12))
    assert response.headers["set-cookie"] == (
        "__Host-aurora_session=token; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure"
    )


def test_a_developer_s_is_the_same_without_tls() -> None:
    response = Response()
    session_cookie(secure=False).set(response, "token", timedelta(hours=12))
    assert response.headers["set-cookie"] == (
        "aurora_session=token; HttpOnly; Max-Age=43200; Path=/; SameSite=lax"
    )


def test_it_is_forgotten_with_the_same_attributes() -> None:
    response = Response()
    session_cookie(secure=True).clear(response)
    told = response.headers["set-cookie"]
    assert told.startswith('__Host-aurora_session=""') and "Max-Age=0" in told
    assert "Secure" in told and "Path=/" in told


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        ("__Host-aurora_session=token", "token"),
        ("a=b; __Host-aurora_session=token; c=d", "token"),
        # one without the prefix may have been set by somebody on the way
        ("aurora_session=token", None),
        ("", None),
    ],
)
def test_only_the_one_with_the_prefix_is_read(cookie: str, found: str | None) -> None:
    assert session_cookie(secure=True).read(request(cookie)) == found
