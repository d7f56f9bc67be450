"""``GET /v1/usage``: how much a tenant uses, and how much it may."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.clock import utc_now
from api.database import Database
from api.limits.tenant_limits import TenantLimits
from api.usage import stored_usage
from api.usage.stored_usage import Usage
from api.usage.usage_paths import PATH, paths
from api.usage.usage_query import begin, parse
from api.web.etag import conditional

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class Counts(msgspec.Struct, frozen=True):
    """What was used."""

    requests: int
    refused: int
    events: int
    alerts: int


class PeriodCounts(Counts, frozen=True):
    """What was used in an hour or a day."""

    begin: datetime


class Limits(msgspec.Struct, frozen=True):
    """What may be used."""

    requests_per_second: float
    burst: float


class Answer(msgspec.Struct, frozen=True):
    """The answer."""

    by: str
    since: datetime
    until: datetime
    total: Counts
    periods: Sequence[PeriodCounts]
    limits: Limits


@requires("usage:read")
async def usage(request: Request, principal: Principal) -> Response:
    """The endpoint."""
    query = parse(request.query_params.multi_items(), utc_now())
    database: Database = request.state.database
    async with database.transaction() as session:
        by_hour = await stored_usage.read(session, principal.tenant_id, query.since, query.until)
    total, periods = Usage(), dict[datetime, Usage]()
    for hour, used in by_hour.items():
        total.add(used)
        periods.setdefault(begin(hour, query.by), Usage()).add(used)
    known: TenantLimits = request.state.tenant_limits
    limit = known.of(principal.tenant_id)
    answer = Answer(
        by=query.by,
        since=query.since,
        until=query.until,
        total=Counts(total.requests, total.refused, total.events, total.alerts),
        periods=[
            PeriodCounts(used.requests, used.refused, used.events, used.alerts, at)
            for at, used in periods.items()
        ],
        limits=Limits(limit.requests_per_second, limit.burst),
    )
    return conditional(request, msgspec.json.encode(answer), HEADERS)


routes: list[BaseRoute] = [Route(PATH, usage)]
