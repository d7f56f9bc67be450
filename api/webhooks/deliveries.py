"""``/v1/webhooks/{webhook_id}/deliveries``: what a webhook was told; trying it, and telling it again."""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.web.cursor import NumberCursor, link_to_next
from api.web.json_body import JSON
from api.web.problems import Problem
from api.webhooks.delivery_log import DeliveryLog, LogEntry, NotActive, UnknownDelivery
from api.webhooks.delivery_paths import DELIVERIES_PATH, REDELIVER_PATH, TEST_PATH, paths
from api.webhooks.subscription import parse_log_query
from api.webhooks.webhooks import HEADERS, caller_of, known, webhook_id_of

__all__ = ["paths", "routes"]


class Delivery(msgspec.Struct, frozen=True):
    """One entry of the log."""

    message_id: str
    type: str
    sku: str | None
    warehouse: str | None
    state: str
    tries: int
    created_at: datetime
    next_try_at: datetime | None
    last_try_at: datetime | None
    last_status: int | None
    last_error: str | None
    finished_at: datetime | None


@requires("webhooks:read")
async def deliveries(request: Request, principal: Principal) -> Response:
    """``GET /v1/webhooks/{webhook_id}/deliveries``."""
    query = parse_log_query(request.query_params.multi_items())
    page = await known(_log(request).page(caller_of(principal), webhook_id_of(request), query))
    headers = {**HEADERS}
    if page.last is not None:
        headers["Link"] = link_to_next(request, NumberCursor(1, page.last))
    body = msgspec.json.encode([_shown(entry) for entry in page.entries])
    return Response(body, headers=headers, media_type=JSON)


@requires("webhooks:write")
async def test(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks/{webhook_id}/test``."""
    try:
        entry = await known(_log(request).test(caller_of(principal), webhook_id_of(request)))
    except NotActive as error:
        raise _not_active(error) from None
    return _accepted(entry)


@requires("webhooks:write")
async def redeliver(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks/{webhook_id}/deliveries/{message_id}/redeliver``."""
    message_id = request.path_params["message_id"]
    try:
        entry = await known(_log(request).redeliver(caller_of(principal), webhook_id_of(request), message_id))
    except NotActive as error:
        raise _not_active(error) from None
    except UnknownDelivery:
        raise Problem(
            404, "Unknown delivery", "The webhook's log has no such message.", type="unknown-delivery"
        ) from None
    return _accepted(entry)


def _log(request: Request) -> DeliveryLog:
    return DeliveryLog(request.state.database)


def _not_active(error: NotActive) -> Problem:
    return Problem(
        409, "Webhook not active", f"The webhook is {error}: resume it first.", type="webhook-not-active"
    )


def _accepted(entry: LogEntry) -> Response:
    return Response(msgspec.json.encode(_shown(entry)), 202, HEADERS, JSON)


def _shown(entry: LogEntry) -> Delivery:
    delivery, message = entry.delivery, entry.message
    return Delivery(
        message_id=message.message_id,
        type=message.type,
        sku=message.sku,
        warehouse=message.warehouse,
        state=delivery.state,
        tries=delivery.tries,
        created_at=delivery.created_at,
        next_try_at=delivery.next_try_at,
        last_try_at=delivery.last_try_at,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        finished_at=delivery.finished_at,
    )


routes: list[BaseRoute] = [
    Route(DELIVERIES_PATH, deliveries),
    Route(TEST_PATH, test, methods=["POST"]),
    Route(REDELIVER_PATH, redeliver, methods=["POST"]),
]
