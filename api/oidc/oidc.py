"""``/v1/session/oidc``: a browser goes to the tenant's identity provider, and comes back signed in."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.access.account_watch import AccountsUnread
from api.access.sealing import Unsealable, key_of
from api.clock import utc_now
from api.database import UNANSWERED
from api.oidc.arrivals import NotLetIn, user_of
from api.oidc.id_token import BadIdToken, Identity, identity_in
from api.oidc.oidc_paths import CALLBACK_PATH, OIDC_PATH, paths
from api.oidc.provider_calls import Grant, ProviderCalls, ProviderFailed
from api.oidc.provider_store import IdentityProvider, provider_of
from api.oidc.sign_ins import LIFETIME, Departure, come_back, depart
from api.sessions.account_page import ACCOUNT_PATH
from api.sessions.cookies import Cookie
from api.sessions.session_store import begin_session, end_session
from api.sessions.sessions import NEVER_STORED
from api.sessions.user_sessions import UserSessions

log = structlog.get_logger(__name__)

__all__ = ["paths", "routes"]

WRONG_TURN = "That sign-in was not begun in this browser, or too long ago. Try again."
PROVIDER_TROUBLE = (
    "Your company's identity provider does not answer as it should. Try again, or tell an admin."
)


async def go(request: Request) -> Response:
    """``GET /v1/session/oidc``."""
    sessions: UserSessions = request.state.user_sessions
    try:
        tenant_id = UUID(request.query_params.get("tenant_id", ""))
    except ValueError:
        return _refused("The tenant's id is none.")
    provider = await _provider(request, tenant_id)
    if provider is None:
        return _refused("There is no such tenant, or its users do not sign in elsewhere.")
    calls: ProviderCalls = request.state.provider_calls
    try:
        metadata = await calls.metadata(provider.issuer)
    except ProviderFailed as error:
        log.warning("identity provider failed", tenant_id=str(tenant_id), reason=str(error))
        return _refused(PROVIDER_TROUBLE)
    async with request.state.database.transaction() as session:
        departure = await depart(session, tenant_id, utc_now())
    question = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _redirect_uri(sessions),
        "scope": "openid email",
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": _challenge(departure.code_verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    response = _to(f"{metadata.authorization_endpoint}{joint}{urlencode(question)}")
    _browser_cookie(sessions).set(response, departure.browser, LIFETIME)
    return response


async def back(request: Request) -> Response:
    """``GET /v1/session/oidc/callback``."""
    sessions: UserSessions = request.state.user_sessions
    browser = _browser_cookie(sessions).read(request)
    state, code = request.query_params.get("state"), request.query_params.get("code")
    if not browser or not state:
        return _refused(WRONG_TURN)
    now = utc_now()
    async with request.state.database.transaction() as session:
        departure = await come_back(session, state, browser, now)
    if departure is None:
        return _refused(WRONG_TURN)
    if not code:
        return _refused("Your company's identity provider did not let you in.")
    provider = await _provider(request, departure.tenant_id)
    if provider is None:
        return _refused(WRONG_TURN)
    try:
        identity = await _identity(request, provider, departure, code)
        async with request.state.database.transaction() as session:
            user = await user_of(session, departure.tenant_id, provider, identity, now)
            if before := sessions.cookie.read(request):
                await end_session(session, before)
            token = await begin_session(session, user.user_id, now, sessions.limits)
    except NotLetIn as error:
        return _refused(str(error))
    except (ProviderFailed, BadIdToken) as error:
        log.warning("identity provider failed", tenant_id=str(departure.tenant_id), reason=str(error))
        return _refused(PROVIDER_TROUBLE)
    response = _to(ACCOUNT_PATH)
    _browser_cookie(sessions).clear(response)
    sessions.cookie.set(response, token, sessions.limits.lifetime)
    return response


async def _identity(
    request: Request, provider: IdentityProvider, departure: Departure, code: str
) -> Identity:
    calls: ProviderCalls = request.state.provider_calls
    metadata = await calls.metadata(provider.issuer)
    grant = Grant(code, departure.code_verifier, _redirect_uri(request.state.user_sessions))
    token = await calls.id_token(metadata, provider, grant)
    return identity_in(
        token,
        await calls.keys(metadata),
        issuer=provider.issuer,
        client_id=provider.client_id,
        nonce=departure.nonce,
        now=utc_now(),
    )


async def _provider(request: Request, tenant_id: UUID) -> IdentityProvider | None:
    key = key_of(request.state.settings.encryption_key)
    try:
        async with request.state.database.transaction() as session:
            return await provider_of(session, key, tenant_id)
    except (*UNANSWERED, Unsealable) as error:
        raise AccountsUnread(f"{type(error).__name__}: {error}") from error


def _browser_cookie(sessions: UserSessions) -> Cookie:
    return Cookie("aurora_oidc", sessions.cookie.secure)


def _redirect_uri(sessions: UserSessions) -> str:
    return sessions.origin + CALLBACK_PATH


def _challenge(code_verifier: str) -> str:
    """RFC 7636, method S256."""
    return urlsafe_b64encode(sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def _refused(why: str) -> Response:
    """Back to the page to sign in at, which says why; behind the # it is in no server's log."""
    return _to(f"{ACCOUNT_PATH}#{urlencode({'refused': why})}")


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, NEVER_STORED)


routes: list[BaseRoute] = [Route(OIDC_PATH, go), Route(CALLBACK_PATH, back)]
