"""``GET /v1/account``: one page to sign in at, to set a password by a link, and to make and show passkeys."""

from collections.abc import Mapping
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.web.docs import CONTENT_SECURITY_POLICY

ACCOUNT_PATH = "/v1/account"
MEDIA_TYPES: Mapping[str, str] = {"account.css": "text/css", "account.js": "text/javascript"}
# links to the page hold what nobody else may have, and so may what it shows
HEADERS = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-cache"}


async def page(_request: Request) -> Response:
    """The page."""
    return Response(_file("account.html"), headers=HEADERS, media_type="text/html")


async def asset(request: Request) -> Response:
    """The page's style and script: the page itself may hold none."""
    name = request.path_params["name"]
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    return Response(_file(name), headers={"Cache-Control": "no-cache"}, media_type=MEDIA_TYPES[name])


def _file(name: str) -> bytes:
    return files("api.sessions").joinpath("page", name).read_bytes()


routes: list[BaseRoute] = [Route(ACCOUNT_PATH, page), Route(f"{ACCOUNT_PATH}/{{name}}", asset)]

paths: dict[str, object] = {
    ACCOUNT_PATH: {
        "get": {
            "operationId": "getAccountPage",
            "tags": ["access"],
            "summary": "A page to sign in at, and for passkeys",
            "description": "With `#tenant=<id>` the tenant is filled in; an invitation leads here with `#link=<token>`.",
            "responses": {
                "200": {
                    "description": "A page.",
                    "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"}},
                }
            },
        }
    }
}
