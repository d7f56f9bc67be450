"""Each request seen from outside: its id, its line in the log, its metrics, and an answer even when all else fails.

One pure ASGI middleware does all of it: each further layer would cost as much again on every request.
"""

import time
from collections.abc import Mapping

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.health.metrics import HTTP_REQUEST_SECONDS, HTTP_REQUESTS, HTTP_REQUESTS_IN_PROGRESS
from api.web.access_log import AccessLog
from api.web.problems import Problem
from api.web.request_id import HEADER, request_id
from api.web.security_headers import with_security

# as nginx counts a client that left before its answer
CLIENT_LEFT = 499
NO_ROUTE = "none"
# a caller could send any word as the method, and each would become a time series
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger(__name__)


class Observation:
    """Wraps the whole application; ``templates`` gives an endpoint's path as it is in its route."""

    def __init__(self, app: ASGIApp, templates: Mapping[object, str], access_log: AccessLog) -> None:
        self._app = app
        self._templates = templates
        self._access_log = access_log
        self._known_meters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        name = request_id(scope["headers"])
        scope.setdefault("state", {})["request_id"] = name.decode()
        status = CLIENT_LEFT

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*with_security(message["headers"]), (HEADER, name)]
            await send(message)

        # every request has a task of its own, and so a context of its own
        structlog.contextvars.bind_contextvars(request_id=name.decode())
        HTTP_REQUESTS_IN_PROGRESS.inc()
        try:
            await self._app(scope, receive, observed_send)
        except ClientDisconnect:
            # it left while it was sending; there is nobody to answer
            pass
        except Exception:
            log.exception("request failed")
            if status != CLIENT_LEFT:
                # the answer has begun, so all that is left is to break it off
                raise
            await _failed(name.decode())(scope, receive, observed_send)
        finally:
            HTTP_REQUESTS_IN_PROGRESS.dec()
            self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._templates.get(scope.get("endpoint"), NO_ROUTE)
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
        requests, durations = self._meters(method, route, status)
        requests.inc()
        durations.observe(seconds)
        self._access_log.write(
            scope["state"]["request_id"],
            scope["method"],
            scope["path"],
            scope["client"][0] if scope["client"] else None,
            scope["state"].get("principal"),
            status,
            seconds,
        )

    def _meters(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        # looking labels up in the metric itself takes longer than counting
        key = (method, route, status)
        meters = self._known_meters.get(key)
        if meters is None:
            meters = (
                HTTP_REQUESTS.labels(method, route, str(status)),
                HTTP_REQUEST_SECONDS.labels(method, route),
            )
            self._known_meters[key] = meters
        return meters


def _failed(name: str) -> Response:
    return Problem(
        500,
        "Internal error",
        "Something went wrong here, not in your request. The instance names it in our logs.",
        type="internal-error",
    ).response(name)
