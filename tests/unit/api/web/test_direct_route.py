"""The route without its own layer for errors."""

import asyncio

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from api.web.direct_route import DirectRoute
from api.web.problems import Problem, answer_problem


async def endpoint(request: Request) -> Response:
    if "wrong" in request.query_params:
        raise Problem(400, "Wrong", "It is wrong.")
    return Response(request.query_params["say"])


def ask(method: str, **query: str) -> httpx.Response:
    async def answer() -> httpx.Response:
        app = Starlette(routes=[DirectRoute("/", endpoint)], exception_handlers={Problem: answer_problem})
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.request(method, "/", params=query)

    return asyncio.run(answer())


def test_an_answer_is_given() -> None:
    assert ask("GET", say="yes").text == "yes"


def test_an_error_is_answered_by_the_application() -> None:
    answer = ask("GET", wrong="1")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "It is wrong."


def test_another_method_is_not_allowed() -> None:
    assert ask("POST").status_code == 405
