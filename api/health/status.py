"""``GET /v1/status``: the version and the health of everything the API depends on. For everyone, so without tenants."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.health.status_board import KEPT_SECONDS, VERSION
from api.state import AppState
from schemas.online_store import LATE_KEPT_MS, LATE_MS


async def status(request: Request[AppState]) -> Response:
    """The endpoint; 200 whatever was found: the API itself answers."""
    report = await request.state["status_board"].report()
    return JSONResponse(report, headers={"Cache-Control": f"public, max-age={KEPT_SECONDS:g}"})


routes: list[BaseRoute] = [Route("/v1/status", status)]

_DEPENDENCY = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {
            "enum": ["ok", "behind", "down"],
            "description": "`behind`: it answers, but not as it should; what it gives may be old.",
        },
        "reason": {"type": "string", "description": "Why it is down, or behind."},
        "latency_ms": {"type": "number", "description": "How long its check took."},
        "lag": {"type": "integer", "description": "Messages written but not yet read, over all tenants."},
        "checkpoint_age_s": {"type": "number", "description": "Seconds since the job's last checkpoint."},
        "processes": {"type": "number", "description": "Processes of the API that share the rate limits."},
        "age_s": {"type": "number", "description": "Seconds by which the online store is behind."},
        "late_s": {
            "type": "number",
            "description": f"How long a prediction of the last {LATE_KEPT_MS / 1000:g} seconds took from the receipt of an event "
            f"until it was served, where that was more than {LATE_MS / 1000:g} seconds.",
        },
    },
}

paths: dict[str, object] = {
    "/v1/status": {
        "get": {
            "operationId": "getStatus",
            "tags": ["about"],
            "summary": "Version and health",
            "description": "Answers 200 as long as the API itself runs; what it depends on is told in the body, "
            f"at most {KEPT_SECONDS:g} seconds old.",
            "responses": {
                "200": {
                    "description": "What was found.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["status", "version", "checked_at", "dependencies"],
                                "properties": {
                                    "status": {"enum": ["ok", "degraded"]},
                                    "version": {"type": "string"},
                                    "checked_at": {"type": "string", "format": "date-time"},
                                    "dependencies": {"type": "object", "additionalProperties": _DEPENDENCY},
                                },
                            },
                            "example": {
                                "status": "degraded",
                                "version": VERSION,
                                "checked_at": "2026-11-24T12:00:00.000Z",
                                "dependencies": {
                                    "database": {"status": "ok", "latency_ms": 0.9},
                                    "flink": {"status": "ok", "latency_ms": 4.2, "checkpoint_age_s": 3.1},
                                    "risk_job": {"status": "ok", "latency_ms": 6.0, "lag": 120},
                                    "online_store": {"status": "down", "reason": "is being filled"},
                                },
                            },
                        }
                    },
                }
            },
        }
    }
}
