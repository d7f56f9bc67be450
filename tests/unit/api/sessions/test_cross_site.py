"""Whether a change is the user's own will."""

import pytest
from starlette.requests import Request

from api.sessions.cross_site import check_change, check_origin, csrf_token
from api.web.problems import Problem

ORIGIN = "https://aurora.example"
TOKEN = "a session's token"


def request(method: str, origin: str | None = None, csrf: str | None = None) -> Request:
    given = {"origin": origin, "x-csrf-token": csrf}
    headers = [(name.encode(), value.encode()) for name, value in given.items() if value is not None]
    return Request({"type": "http", "method": method, "headers": headers})


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_needs_nothing(method: str) -> None:
    check_change(request(method, "https://evil.example"), ORIGIN, TOKEN)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "ODD"])
def test_a_change_needs_both(method: str) -> None:
    check_change(request(method, ORIGIN, csrf_token(TOKEN)), ORIGIN, TOKEN)
    for origin, csrf in [
        (None, csrf_token(TOKEN)),
        ("null", csrf_token(TOKEN)),
        ("http://aurora.example", csrf_token(TOKEN)),
        ("https://aurora.example.evil.example", csrf_token(TOKEN)),
        (ORIGIN, None),
        (ORIGIN, ""),
        (ORIGIN, TOKEN),
        (ORIGIN, csrf_token("another session's")),
    ]:
        with pytest.raises(Problem) as refused:
            check_change(request(method, origin, csrf), ORIGIN, TOKEN)
        assert (refused.value.status, refused.value.type) == (403, "cross-site-request")


def test_who_is_not_signed_in_yet_may_be_no_browser() -> None:
    check_origin(request("POST"), ORIGIN, required=False)
    check_origin(request("POST", ORIGIN), ORIGIN, required=False)
    with pytest.raises(Problem):
        check_origin(request("POST", "https://evil.example"), ORIGIN, required=False)


def test_the_page_s_token_does_not_lead_to_the_session_s() -> None:
    assert TOKEN not in csrf_token(TOKEN)
    assert csrf_token(TOKEN) == csrf_token(TOKEN) != csrf_token(TOKEN + " ")
