"""``GET /v1/sandbox``: how anybody gets to look at the sandbox tenant. Without a token: what it gives can only read."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.sealing import key_of
from api.clock import utc_now
from api.database import Database
from api.sandbox.sandbox_store import newest
from api.settings import Settings
from api.web.openapi_components import refused, response_of_json
from api.web.problems import Problem

PATH = "/v1/sandbox"


class SandboxAnswer(msgspec.Struct, frozen=True):
    """The sandbox of now."""

    tenant_id: UUID
    client_id: str
    client_secret: str
    opened_at: datetime
    resets_at: datetime


async def sandbox(request: Request) -> Response:
    """The endpoint."""
    database: Database = request.state.database
    settings: Settings = request.state.settings
    async with database.transaction() as session:
        found = await newest(session, key_of(settings.encryption_key), public=True)
    if found is None:
        raise Problem(404, "No sandbox", "This deployment has no sandbox now.", type="no-sandbox")
    answer = SandboxAnswer(
        found.tenant_id,
        found.public.client_id,
        found.public.secret,
        found.opened_at,
        next_midnight(utc_now()),
    )
    return Response(
        msgspec.json.encode(answer), headers={"Cache-Control": "no-store"}, media_type="application/json"
    )


def next_midnight(now: datetime) -> datetime:
    """When the sandbox is made anew."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


routes: list[BaseRoute] = [Route(PATH, sandbox)]

_TIME = {"type": "string", "format": "date-time"}

paths: dict[str, object] = {
    PATH: {
        "get": {
            "operationId": "getSandbox",
            "tags": ["about"],
            "summary": "A tenant to try the API with",
            "description": "A made-up shop that sells around the clock. The client may read its alerts and its models, and "
            "nothing else. At midnight, UTC, another tenant with another client takes its place: ask again.",
            "responses": {
                "200": response_of_json(
                    "Where to look, and with what.",
                    {
                        "type": "object",
                        "required": ["tenant_id", "client_id", "client_secret", "opened_at", "resets_at"],
                        "additionalProperties": False,
                        "properties": {
                            "tenant_id": {"type": "string", "format": "uuid"},
                            "client_id": {"type": "string"},
                            "client_secret": {"type": "string"},
                            "opened_at": _TIME,
                            "resets_at": _TIME,
                        },
                    },
                    {
                        "tenant_id": "5f2b8a4e-3c1d-4e6f-9a7b-0c8d9e1f2a3b",
                        "client_id": "client_5d3c0f1e2b4a69788f9e0d1c",
                        "client_secret": "PmIbhRhdGAD5HAPVuRzDmLCsN8oxxnGKlJx7oV6S5J0",
                        "opened_at": "2026-11-25T00:00:00Z",
                        "resets_at": "2026-11-26T00:00:00Z",
                    },
                ),
                "404": refused(
                    "This deployment has none now.",
                    404,
                    "no-sandbox",
                    "No sandbox",
                    "This deployment has no sandbox now.",
                ),
                "503": {"$ref": "#/components/responses/Unavailable"},
            },
        }
    }
}
