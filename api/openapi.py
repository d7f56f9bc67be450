"""``GET /v1/openapi.json``: the whole API as OpenAPI 3.1, put together from what each module says of its paths."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.health.status_board import VERSION
from api.state import AppState
from api.web.openapi_components import COMPONENTS

PATH = "/v1/openapi.json"

DESCRIPTION = """\
Aurora predicts, live, which of your products run out where and when.

Send what happens in your shops and warehouses to `/v1/ingest/events`, and ask `/v1/stock/alerts` what is at risk.
Everything that needs a token speaks only of the token's own tenant. Errors are problem details (RFC 9457), except at
the token endpoint, where OAuth has its own form. Every answer has an `X-Request-Id`; send your own to find it again.
"""

TAGS = [
    {"name": "events", "description": "Sending what happened."},
    {"name": "alerts", "description": "Asking what is at risk."},
    {"name": "models", "description": "What predictions were learned from, and which version makes them."},
    {"name": "webhooks", "description": "Being told of what is at risk."},
    {"name": "digests", "description": "The planner's morning letter."},
    {
        "name": "settings",
        "description": "When alerts are raised, when people are told, and what category a SKU has.",
    },
    {"name": "suppressions", "description": "SKUs of which no alerts are wanted."},
    {"name": "predictions", "description": "Hiding predictions, and erasing customers."},
    {"name": "usage", "description": "How much you use, and may use."},
    {"name": "tenants", "description": "Looking after tenants, for the operator alone."},
    {
        "name": "tenants",
        "description": "For the operator: making, suspending, exporting and removing tenants.",
    },
    {"name": "access", "description": "Getting a token."},
    {"name": "about", "description": "The service itself."},
]


def document(paths_of_modules: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """The OpenAPI document over all those paths; raises ``ValueError`` if two modules describe the same path."""
    paths: dict[str, object] = {}
    for more in paths_of_modules:
        twice = paths.keys() & more.keys()
        if twice:
            raise ValueError(f"described twice: {', '.join(sorted(twice))}")
        paths |= more
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aurora",
            "version": VERSION,
            "summary": "Live stock-out prediction.",
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/", "description": "Where this document comes from."}],
        "tags": TAGS,
        "paths": paths,
        "components": COMPONENTS,
    }


async def openapi(request: Request[AppState]) -> Response:
    """The endpoint."""
    return Response(
        request.state["openapi"],
        headers={"Cache-Control": "public, max-age=300"},
        media_type="application/json",
    )


routes: list[BaseRoute] = [Route(PATH, openapi)]

paths: dict[str, object] = {
    PATH: {
        "get": {
            "operationId": "getOpenApi",
            "tags": ["about"],
            "summary": "This document",
            "responses": {
                "200": {
                    "description": "OpenAPI 3.1.",
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "required": ["openapi", "info", "paths"]},
                            "example": {"openapi": "3.1.0", "info": {"title": "Aurora"}, "paths": {}},
                        }
                    },
                }
            },
        }
    }
}
