"""``GET /v1/stock/alerts``: what is at risk of running out."""

from datetime import datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.access.authentication import Principal, requires
from api.alerts.alert_paths import PATH, paths
from api.alerts.alert_query import AlertQuery, parse
from api.alerts.predictions import Prediction
from api.alerts.risk_store import RiskStore
from api.clock import utc_now
from api.web import deprecations
from api.web.cursor import link_to_next
from api.web.direct_route import DirectRoute
from api.web.etag import conditional

# as old as an answer may get in a client's cache; the predictions behind it are renewed every two seconds
MAX_AGE_S = 2

__all__ = ["paths", "routes"]


class Alert(msgspec.Struct, frozen=True):
    """One element of the answer."""

    sku: str
    warehouse: str
    predicted_oos_at: datetime | None
    oos_earliest_at: datetime | None
    oos_latest_at: datetime | None
    probability: float


@requires("alerts:read")
async def stock_alerts(request: Request, principal: Principal) -> Response:
    """The endpoint."""
    query = parse(request.query_params.multi_items())
    store: RiskStore = request.state.risk_store
    if query.sku is not None:
        reading = await store.of_sku(principal.tenant_id, query.sku)
        found = sorted(
            (prediction for prediction in reading.predictions if _is_wanted(prediction, query)),
            key=lambda prediction: (-prediction.probability, prediction.warehouse),
        )
        headers = _headers(reading.fresh_at)
    else:
        page = await store.alerts(
            principal.tenant_id,
            after=query.cursor,
            since_ms=query.since_ms or 0,
            at_least=query.threshold or 0.0,
            limit=query.limit,
        )
        found = list(page.predictions)
        headers = _headers(page.fresh_at)
        if page.after is not None:
            headers["Link"] = link_to_next(request, page.after)
    if query.said_sku_id:
        headers |= deprecations.SKU_ID
    return conditional(request, msgspec.json.encode([_alert(prediction) for prediction in found]), headers)


def _is_wanted(prediction: Prediction, query: AlertQuery) -> bool:
    """Without a threshold an alert must be in force; with one the probability decides."""
    since = prediction.alert_since
    if query.since_ms is not None and (since is None or since.timestamp() * 1000 < query.since_ms):
        return False
    return since is not None if query.threshold is None else prediction.probability >= query.threshold


def _alert(prediction: Prediction) -> Alert:
    return Alert(
        prediction.sku,
        prediction.warehouse,
        prediction.predicted_oos_at,
        prediction.oos_earliest_at,
        prediction.oos_latest_at,
        prediction.probability,
    )


def _headers(fresh_at: datetime | None) -> dict[str, str]:
    headers = {"Cache-Control": f"private, max-age={MAX_AGE_S}", "Vary": "Authorization"}
    if fresh_at is not None:
        headers["Aurora-Fresh-At"] = fresh_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # a cache on the way adds its own time to it (RFC 9111), and a client's cache asks again where it is over max-age
        headers["Age"] = str(max(0, (utc_now() - fresh_at) // timedelta(seconds=1)))
    return headers


routes: list[BaseRoute] = [DirectRoute(PATH, stock_alerts)]
