"""One path with several methods, each by its own endpoint."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.web.methods import route


async def shown(_request: Request) -> Response:
    return PlainTextResponse("shown")


async def taken(_request: Request) -> Response:
    return PlainTextResponse("taken")


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = Starlette(routes=[route("/thing", get=shown, put=taken)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://aurora.test")


@pytest.mark.parametrize(("method", "answer"), [("GET", "shown"), ("PUT", "taken"), ("HEAD", "")])
async def test_each_method_has_its_endpoint(client: httpx.AsyncClient, method: str, answer: str) -> None:
    response = await client.request(method, "/thing")
    assert (response.status_code, response.text) == (200, answer)


async def test_another_method_is_told_all_that_are_there(client: httpx.AsyncClient) -> None:
    response = await client.delete("/thing")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT"}
