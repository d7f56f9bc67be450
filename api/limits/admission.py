"""The gate behind the sign-in: each request of a tenant is counted, and refused where its tenant sends too many."""

import math
from uuid import UUID

from starlette.requests import Request

from api.access.authentication import Authenticator, Principal, Sessions
from api.limits.limit import Limit
from api.limits.rate_limit import RateLimit
from api.usage.request_counts import RequestCounts
from api.web.problems import Problem

POLICY = "requests"
"""The name of the limit in the fields of draft-ietf-httpapi-ratelimit-headers."""


class Admission:
    """Lets a tenant's requests in, or raises a `Problem`."""

    def __init__(self, rate_limit: RateLimit, counts: RequestCounts) -> None:
        self._rate_limit = rate_limit
        self._counts = counts

    async def admit(self, tenant_id: UUID) -> None:
        """One request."""
        wait_s = await self._rate_limit.take(tenant_id)
        self._counts.count(tenant_id, refused=wait_s > 0)
        if wait_s > 0:
            raise _too_many(self._rate_limit.limit_of(tenant_id), wait_s)


class AdmittedTokens:
    """An authenticator whose principals' requests are admitted."""

    def __init__(self, authenticator: Authenticator, admission: Admission) -> None:
        self._authenticator = authenticator
        self._admission = admission

    async def authenticate(self, token: str) -> Principal:
        """The principal of ``token``; raises ``InvalidToken``, or a `Problem` for one request too many."""
        principal = await self._authenticator.authenticate(token)
        await self._admission.admit(principal.tenant_id)
        return principal


class AdmittedSessions:
    """The users' sessions, with their requests admitted."""

    def __init__(self, sessions: Sessions, admission: Admission) -> None:
        self._sessions = sessions
        self._admission = admission

    async def principal(self, request: Request) -> Principal | None:
        """The user whose session it is; raises a `Problem` also for one request too many."""
        principal = await self._sessions.principal(request)
        if principal is not None:
            await self._admission.admit(principal.tenant_id)
        return principal


def _too_many(limit: Limit, wait_s: float) -> Problem:
    wait = math.ceil(wait_s)
    window = math.ceil(limit.burst / limit.requests_per_second)
    return Problem(
        429,
        "Too many requests",
        "This tenant sends more requests than its rate limit allows.",
        type="rate-limited",
        headers={
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"{POLICY}";q={limit.burst:.0f};w={window}',
            "RateLimit": f'"{POLICY}";r=0;t={wait}',
        },
    )
