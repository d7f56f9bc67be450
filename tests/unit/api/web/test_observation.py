"""Requests as they are seen from outside: id, log line, metrics, and an answer whatever happens."""

import json
from collections.abc import AsyncIterator
from io import BytesIO
from uuid import UUID, uuid4

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.access.authentication import Principal
from api.health.metrics import REGISTRY
from api.web.access_log import AccessLog
from api.web.error_answers import answer_http_exception
from api.web.observation import Observation
from api.web.problems import Problem, answer_problem

PRINCIPAL = Principal(uuid4(), "client_7", frozenset())


async def fine(request: Request) -> Response:
    request.state.principal = PRINCIPAL
    return PlainTextResponse(request.state.request_id)


async def page(_request: Request) -> Response:
    return PlainTextResponse("", headers={"Content-Security-Policy": "default-src 'self'"})


async def refused(_request: Request) -> Response:
    raise Problem(409, "Conflict", "No.")


async def broken(_request: Request) -> Response:
    raise RuntimeError("the secret reason")


async def half(_request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise RuntimeError("then broken")

    return StreamingResponse(parts())


async def reads(request: Request) -> Response:
    return Response(await request.body())


ROUTES = [
    Route("/items/{name}", fine),
    Route("/page", page),
    Route("/refused", refused),
    Route("/broken", broken),
    Route("/half", half),
    Route("/reads", reads, methods=["POST"]),
]


class Observed:
    """An observed application and its access log."""

    def __init__(self) -> None:
        self.log = BytesIO()
        templates: dict[object, str] = {route.endpoint: route.path for route in ROUTES}
        self.app = Starlette(
            routes=ROUTES,
            middleware=[Middleware(Observation, templates, AccessLog(self.log, "INFO"))],
            exception_handlers={Problem: answer_problem, HTTPException: answer_http_exception},
        )

    async def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, path, headers=headers)

    @property
    def line(self) -> dict[str, object]:
        (line,) = map(json.loads, self.log.getvalue().splitlines())
        assert isinstance(line, dict)
        return line


@pytest.fixture
def observed() -> Observed:
    return Observed()


def count(**labels: str) -> float:
    return REGISTRY.get_sample_value("http_requests_total", labels) or 0.0


async def test_the_caller_s_request_id_is_everywhere(observed: Observed) -> None:
    answer = await observed.get("/items/a?q=private", **{"X-Request-Id": "caller-0001"})
    assert answer.headers["x-request-id"] == answer.text == observed.line["request_id"] == "caller-0001"


async def test_without_one_an_id_is_made(observed: Observed) -> None:
    answer = await observed.get("/items/a")
    assert UUID(answer.headers["x-request-id"]) == UUID(str(observed.line["request_id"]))


async def test_the_log_line_tells_who_and_what_but_not_the_query(observed: Observed) -> None:
    await observed.get("/items/a?q=private")
    line = observed.line
    assert (line["level"], line["event"], line["method"]) == ("info", "request", "GET")
    assert (line["path"], line["status"], line["client_id"]) == ("/items/a", 200, "client_7")
    assert line["tenant_id"] == str(PRINCIPAL.tenant_id)
    assert "private" not in observed.log.getvalue().decode()


async def test_requests_are_counted_by_template(observed: Observed) -> None:
    labels = {"method": "GET", "route": "/items/{name}", "status": "200"}
    before = count(**labels)
    await observed.get("/items/a")
    await observed.get("/items/b")
    assert count(**labels) == before + 2


async def test_paths_and_methods_that_a_caller_makes_up_are_not_counted_one_by_one(
    observed: Observed,
) -> None:
    labels = {"method": "other", "route": "none", "status": "404"}
    before = count(**labels)
    await observed.get("/made/up", method="MADEUP")
    assert count(**labels) == before + 1


async def test_every_answer_has_the_security_headers(observed: Observed) -> None:
    for path in ("/items/a", "/refused", "/nowhere", "/broken"):
        answer = await observed.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_page_keeps_its_own_policy(observed: Observed) -> None:
    answer = await observed.get("/page")
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/refused", 409, "No."),
        ("GET", "/nowhere", 404, "There is nothing at this path."),
        ("GET", "/reads", 405, "This path takes only POST."),
    ],
)
async def test_errors_are_problems(
    observed: Observed, method: str, path: str, status: int, detail: str
) -> None:
    answer = await observed.get(path, method)
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["detail"]) == (status, status, detail)
    assert body["instance"] == answer.headers["x-request-id"]


async def test_an_unexpected_error_is_logged_and_not_shown(observed: Observed) -> None:
    with structlog.testing.capture_logs() as logs:
        answer = await observed.get("/broken")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/v1/problems/internal-error"
    assert "secret reason" not in answer.text
    assert "Traceback" not in answer.text
    assert (logs[0]["event"], logs[0]["exc_info"], logs[0]["log_level"]) == ("request failed", True, "error")
    assert (observed.line["status"], observed.line["level"]) == (500, "error")


async def test_an_answer_that_breaks_in_the_middle_is_broken_off(observed: Observed) -> None:
    with structlog.testing.capture_logs() as logs, pytest.raises(RuntimeError, match="then broken"):
        await observed.get("/half")
    assert [log["event"] for log in logs] == ["request failed"]


async def test_a_client_that_leaves_is_no_error(observed: Observed) -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        raise AssertionError("nobody is there")

    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/reads",
        "headers": [],
        "client": None,
    }
    with structlog.testing.capture_logs() as logs:
        await observed.app(scope, receive, send)
    assert logs == []
    assert observed.line["status"] == 499


async def test_nothing_is_in_progress_afterwards(observed: Observed) -> None:
    await observed.get("/broken")
    await observed.get("/items/a")
    assert REGISTRY.get_sample_value("http_requests_in_progress") == 0
