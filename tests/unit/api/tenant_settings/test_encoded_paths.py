"""Parameters of a path that hold any character."""

from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.web.encoded_paths import encoded_route


async def show(request: Request) -> Response:
    return JSONResponse([request.method, request.path_params])


APP = Starlette(routes=[encoded_route("/a/{x}", get=show, put=show), encoded_route("/a/{x}/b/{y}", get=show)])


async def ask(path: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://aurora") as http:
        return await http.request(method, path)


@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")), st.text(min_size=1))
async def test_each_parameter_is_what_was_encoded(one: str, other: str) -> None:
    answer = await ask(f"/a/{quote(one, safe='')}/b/x{quote(other, safe='')}")
    assert answer.json() == ["GET", {"x": one, "y": f"x{other}"}]


@pytest.mark.parametrize("path", ["/a/", "/a/b/c", "/a/x/b/y/", "/%61/x", "/a"])
async def test_another_path_is_none(path: str) -> None:
    assert (await ask(path)).status_code == 404


async def test_each_method_has_its_endpoint() -> None:
    assert (await ask("/a/x%2Fb%2Fy", "PUT")).json() == ["PUT", {"x": "x/b/y"}]
    answer = await ask("/a/x", "DELETE")
    assert (answer.status_code, {*answer.headers["allow"].split(", ")}) == (405, {"GET", "HEAD", "PUT"})
