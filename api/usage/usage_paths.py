"""``GET /v1/usage`` in the OpenAPI document."""

from collections.abc import Mapping

from api.usage.usage_query import LONGEST
from api.web.openapi_components import REQUEST_ID, needs, problem, responses_of_every_protected_path

PATH = "/v1/usage"

_TIME = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_COUNTS: Mapping[str, object] = {
    "requests": {
        **_COUNT,
        "description": "Requests with a valid token or session, less those that were refused.",
    },
    "refused": {**_COUNT, "description": "Requests over the rate limit."},
    "events": {**_COUNT, "description": "Events that were taken, each once."},
    "alerts": {**_COUNT, "description": "Alerts that were raised."},
}
_NUMBERS = {"requests": 86_400, "refused": 0, "events": 1_200_000, "alerts": 42}


def _object(members: Mapping[str, object]) -> Mapping[str, object]:
    return {"type": "object", "required": [*members], "additionalProperties": False, "properties": members}


_ANSWER = {
    "description": "What was used and what may be.",
    "headers": {
        "ETag": {
            "description": "Names this answer; send it as If-None-Match to be answered 304 while nothing changes.",
            "schema": {"type": "string"},
        }
    },
    "content": {
        "application/json": {
            "schema": _object(
                {
                    "by": {"enum": ["hour", "day"]},
                    "since": _TIME,
                    "until": _TIME,
                    "total": _object(_COUNTS),
                    "periods": {
                        "type": "array",
                        "description": "The hours or days in which anything was used, the earliest first.",
                        "items": _object({**_COUNTS, "begin": _TIME}),
                    },
                    "limits": _object(
                        {"requests_per_second": {"type": "number"}, "burst": {"type": "number"}}
                    ),
                }
            ),
            "example": {
                "by": "day",
                "since": "2026-11-24T00:00:00Z",
                "until": "2026-11-25T00:00:00Z",
                "total": _NUMBERS,
                "periods": [{**_NUMBERS, "begin": "2026-11-24T00:00:00Z"}],
                "limits": {"requests_per_second": 15_000.0, "burst": 30_000.0},
            },
        }
    },
}

_REASON = "must be a time with its offset, such as 2026-11-24T12:00:00Z (RFC 3339); write + as %2B"

_GET = {
    "operationId": "getUsage",
    "tags": ["usage"],
    "summary": "How much was used, by hour or day",
    "description": "Events and alerts are counted from the log, each once; they are here within seconds. Requests are told "
    "every five seconds by each process of the API, so a process that is killed loses those of its last seconds.",
    "security": needs("usage:read"),
    "parameters": [
        {
            "name": "by",
            "in": "query",
            "description": "Days are those of UTC.",
            "schema": {"enum": ["hour", "day"], "default": "day"},
        },
        {
            "name": "since",
            "in": "query",
            "description": "From the hour or day that holds this time; by default the last 24 hours or 30 days. "
            f"At most {LONGEST['hour'].days} days by the hour, {LONGEST['day'].days} by the day.",
            "schema": _TIME,
            "example": "2026-11-24T00:00:00Z",
        },
        {
            "name": "until",
            "in": "query",
            "description": "To the end of the hour or day that holds this time; by default now.",
            "schema": _TIME,
            "example": "2026-11-25T00:00:00Z",
        },
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": _ANSWER,
        "304": {"description": "Nothing changed since the answer that If-None-Match names."},
        "400": problem(
            "A parameter is unknown, given twice, or not of its form.",
            {
                "type": "/v1/problems/bad-parameters",
                "title": "Bad parameters",
                "status": 400,
                "detail": f"since {_REASON}.",
                "instance": REQUEST_ID,
                "errors": [{"parameter": "since", "reason": _REASON}],
            },
        ),
    },
}

paths: dict[str, object] = {PATH: {"get": _GET}}
