"""``GET /v1/status``: the version and the health of everything the API depends on. For everyone, so without tenants."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.state import AppState
from api.status_board import KEPT_SECONDS


async def status(request: Request[AppState]) -> Response:
    """The endpoint; 200 whatever was found: the API itself answers."""
    report = await request.state["status_board"].report()
    return JSONResponse(report, headers={"Cache-Control": f"public, max-age={KEPT_SECONDS:g}"})


routes: list[BaseRoute] = [Route("/v1/status", status)]
