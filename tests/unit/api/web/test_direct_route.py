"""The route without its own layer for errors."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from api.web.direct_route import DirectRoute
from api.web.problems import Problem, answer_problem


async def endpoint(request: Request) -> Response:
    if "wrong" in request.query_params:
        raise Problem(400, "Wrong", "It is wrong.")
    return Response(request.query_params["say"])


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[DirectRoute("/", endpoint)], exception_handlers={Problem: answer_problem})
    return TestClient(app)


def test_an_answer_is_given(client: TestClient) -> None:
    assert client.get("/", params={"say": "yes"}).text == "yes"


def test_an_error_is_answered_by_the_application(client: TestClient) -> None:
    answer = client.get("/", params={"wrong": "1"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "It is wrong."


def test_another_method_is_not_allowed(client: TestClient) -> None:
    assert client.post("/").status_code == 405
