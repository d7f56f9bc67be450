"""Who calls, by the cookie of their session."""

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from api.access.account_watch import AccountsUnread
from api.access.authentication import Principal, unauthenticated
from api.access.roles import scopes_of
from api.clock import Clock, utc_now
from api.database import UNANSWERED, Database
from api.sessions.cookies import session_cookie
from api.sessions.cross_site import check_change
from api.sessions.session_store import Limits, Session, find_session
from api.settings import Settings


class UserSessions:
    """The sessions of one deployment."""

    def __init__(self, database: Database, settings: Settings, now: Clock = utc_now) -> None:
        self._database = database
        self._now = now
        self.origin = settings.browser_origin
        self.cookie = session_cookie(secure=not settings.insecure_cookies)
        self.limits = Limits(settings.session_idle, settings.session_lifetime)

    async def principal(self, request: Request) -> Principal | None:
        """The user whose live session's cookie came along, or nobody; raises `Problem` for a forged change."""
        session = await self.session(request)
        return None if session is None else self._principal(session)

    async def session(self, request: Request) -> Session | None:
        """The live session whose cookie came along; raises `Problem` for a forged change, or ``AccountsUnread``."""
        token = self.cookie.read(request)
        if not token:
            return None
        try:
            async with self._database.transaction() as session:
                found = await find_session(session, token, self._now(), self.limits)
        except UNANSWERED as error:
            raise AccountsUnread(f"{type(error).__name__}: {error}") from error
        if found is not None:
            check_change(request, self.origin, token)
            # for the log
            request.state.principal = self._principal(found)
        return found

    def _principal(self, session: Session) -> Principal:
        return Principal(
            session.tenant_id,
            str(session.user_id),
            scopes_of(session.role),
            kind="user",
            stepped_up=session.is_stepped_up(self._now()),
        )


Endpoint = Callable[[Request, Session], Awaitable[Response]]


def in_session(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Let only users who are signed in reach the endpoint, which concerns themselves and so needs no scope."""

    @functools.wraps(endpoint)
    async def guarded(request: Request) -> Response:
        sessions: UserSessions = request.state.user_sessions
        session = await sessions.session(request)
        if session is None:
            raise unauthenticated("There is no session, or it is over: sign in.")
        return await endpoint(request, session)

    # so that the OpenAPI document and the tests can tell
    guarded.for_sessions = True  # type: ignore[attr-defined]
    return guarded


def is_for_sessions(endpoint: Callable[[Request], Awaitable[Response]]) -> bool:
    """Whether an endpoint is for users who are signed in, whatever their role."""
    return getattr(endpoint, "for_sessions", False)
