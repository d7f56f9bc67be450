"""``POST /v1/ingest/events``: a batch of events is taken whole, or refused whole with every reason."""

from collections.abc import Sequence

import msgspec
from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.health.metrics import EVENTS_ACCEPTED
from api.ingest.event_lines import Line
from api.ingest.event_problems import REFUSALS, problem_of
from api.ingest.events_paths import events_paths
from api.ingest.gateway import Gateway, Taken
from api.settings import Settings
from api.web import deprecations
from api.web.direct_route import DirectRoute
from api.web.idempotency_key import idempotency_key
from api.web.problems import Problem
from api.web.request_body import read_body, too_large

PATH = "/v1/ingest/events"
FORMER_PATH = "/v1/ingest"
NDJSON = ("application/x-ndjson", "application/ndjson")
JSON = "application/json"
DEPRECATION = {**deprecations.SKU_ID, "Link": '</v1/docs>; rel="deprecation"; type="text/html"'}


@requires("events:write")
async def ingest_events(request: Request, principal: Principal) -> Response:
    """The endpoint."""
    gateway: Gateway = request.state.gateway
    settings: Settings = request.state.settings
    media_type = _media_type(request.headers)
    key = idempotency_key(request.headers)
    body = await read_body(request, settings.max_body_bytes)
    lines = [(1, body)] if media_type == JSON else _lines(body, settings.max_events)
    _check_sizes(lines, settings)
    try:
        taken = await gateway.take(principal.tenant_id, lines, body, key)
    except REFUSALS as refusal:
        raise problem_of(refusal, key) from None
    EVENTS_ACCEPTED.inc(0 if taken.replayed else taken.events)
    return _accepted(taken, getattr(request.state, "request_id", None))


async def moved(request: Request) -> Response:
    """``/v1/ingest``, as the endpoint was once called."""
    return RedirectResponse(URL(PATH).replace(query=request.url.query), 308)


def _media_type(headers: Headers) -> str:
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    media_type = media_type.strip()
    charset = parameters.partition("charset=")[2].strip().strip('"')
    if media_type in (*NDJSON, JSON) and charset in ("", "utf-8", "utf8"):
        return media_type
    raise Problem(
        415,
        "Unsupported media type",
        f"Events come as {NDJSON[0]}, one on each line, in UTF-8; a single one may come as {JSON}.",
        type="unsupported-media-type",
        headers={"Accept-Post": ", ".join((*NDJSON, JSON))},
    )


def _lines(body: bytes, max_events: int) -> list[Line]:
    """The lines that are not blank."""
    # before they are split: a body of nothing but line ends would become millions of them
    if body.count(b"\n") > max_events:
        raise too_large(f"The body has more than {max_events} lines.")
    return [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line and not line.isspace()]


def _check_sizes(lines: Sequence[Line], settings: Settings) -> None:
    if len(lines) > settings.max_events:
        raise too_large(f"The body has more than {settings.max_events} events.")
    for number, line in lines:
        if len(line) > settings.max_line_bytes:
            raise too_large(f"Line {number} has more than {settings.max_line_bytes} bytes.")
    if not lines or not lines[0][1].strip():
        raise Problem(
            400, "No events", "The body holds no event.", type="invalid-events", errors=[], error_count=0
        )


def _accepted(taken: Taken, request_id: str | None) -> Response:
    headers = {
        **(DEPRECATION if taken.used_sku_id else {}),
        **({"Idempotent-Replayed": "true"} if taken.replayed else {}),
    }
    content = msgspec.json.encode({"accepted": taken.events, "request_id": request_id})
    return Response(content, 202, headers, "application/json")


routes: list[BaseRoute] = [
    DirectRoute(PATH, ingest_events, methods=["POST"]),
    Route(FORMER_PATH, moved, methods=["POST"]),
]

paths: dict[str, object] = events_paths(PATH, FORMER_PATH)
