"""Access tokens by OAuth 2.0 client credentials (RFC 6749 section 4.4), and what others need to verify them."""

import re
from collections.abc import Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.access.account_watch import REFRESH_SECONDS, Accounts, AccountsUnread
from api.access.attempts import TooManyFailures
from api.access.client_authentication import Credentials, client_credentials, form_parameters
from api.access.client_secrets import Overloaded
from api.access.clients import SCOPES, Client, authenticate_client
from api.access.keys import ALGORITHM, PUBLISHED_FOR, NoSigningKey
from api.access.oauth_errors import NO_STORE, OAuthError
from api.access.oauth_paths import oauth_paths
from api.clock import utc_now
from api.database import UNANSWERED
from api.health.metrics import TOKENS_ISSUED
from api.state import AppState
from api.web.problems import Problem
from api.web.request_body import read_body

FORM = "application/x-www-form-urlencoded"
MOST_BODY_BYTES = 8 * 1024
TOKEN_PATH = "/v1/oauth/token"
JWKS_PATH = "/.well-known/jwks.json"
METADATA_PATH = "/.well-known/oauth-authorization-server"
# RFC 6749 appendix A.4
SCOPE_LIST = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*")

log = structlog.get_logger(__name__)


async def token(request: Request[AppState]) -> Response:
    """``POST /v1/oauth/token``."""
    parameters = await _parameters(request)
    credentials = client_credentials(request.headers.get("authorization"), parameters)
    _check_grant(parameters)
    try:
        client = await _authenticated(request, credentials)
        # so that a key that other processes stopped to sign with is not used here either
        await request.state["account_watch"].refresh(older_than=REFRESH_SECONDS)
        scopes = _granted(parameters.get("scope"), client)
        accounts = request.state["account_watch"].accounts()
        access_token = request.state["token_rules"].issue(client, scopes, accounts.keys, utc_now())
    except (AccountsUnread, *UNANSWERED) as error:
        log.warning("token request failed", error=str(error))
        raise _unavailable("Accounts cannot be read now.") from None
    except NoSigningKey:
        raise _unavailable("There is no key to sign with.") from None
    TOKENS_ISSUED.inc()
    return JSONResponse(
        {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(request.state["token_rules"].lifetime.total_seconds()),
            "scope": " ".join(sorted(scopes)),
        },
        headers=NO_STORE,
    )


async def jwks(request: Request[AppState]) -> Response:
    """``GET /.well-known/jwks.json``: the keys that tokens can be verified with."""
    accounts: Accounts = request.state["account_watch"].accounts()
    return JSONResponse(
        accounts.keys.jwks(utc_now()),
        headers={"Cache-Control": f"public, max-age={int(PUBLISHED_FOR.total_seconds())}"},
        media_type="application/jwk-set+json",
    )


async def metadata(request: Request[AppState]) -> Response:
    """``GET /.well-known/oauth-authorization-server``: how to get a token (RFC 8414)."""
    issuer = request.state["token_rules"].issuer
    return JSONResponse(
        {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN_PATH,
            "jwks_uri": issuer + JWKS_PATH,
            "scopes_supported": list(SCOPES),
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": f"{issuer}/v1/docs",
        },
        headers={"Cache-Control": "public, max-age=3600"},
    )


async def _parameters(request: Request[AppState]) -> Mapping[str, str]:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise OAuthError("invalid_request", f"The content type must be {FORM}.")
    try:
        return form_parameters(await read_body(request, MOST_BODY_BYTES))
    except Problem as problem:
        # of its statuses only 413 tells a client more than 400 does
        status = 413 if problem.status == 413 else 400
        raise OAuthError("invalid_request", problem.detail, status=status) from None


def _check_grant(parameters: Mapping[str, str]) -> None:
    if "grant_type" not in parameters:
        raise OAuthError("invalid_request", "The parameter grant_type is missing.")
    if parameters["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "The only grant type is client_credentials.")


async def _authenticated(request: Request[AppState], credentials: Credentials) -> Client:
    attempts = request.state["failed_attempts"]
    address = request.client.host if request.client else "unknown"
    try:
        attempts.begin(credentials.client_id, address)
        client = await authenticate_client(
            request.state["database"],
            request.state["secret_checker"],
            credentials.client_id,
            credentials.secret,
        )
    except TooManyFailures as error:
        raise OAuthError(
            "temporarily_unavailable",
            "Too many failed attempts.",
            status=429,
            headers={"Retry-After": str(error.seconds)},
        ) from None
    except Overloaded:
        raise _unavailable("Too many token requests at once.") from None
    if client is None:
        raise OAuthError("invalid_client", "The client is not known, or its secret is wrong.")
    attempts.succeeded(credentials.client_id, address)
    return client


def _granted(requested: str | None, client: Client) -> frozenset[str]:
    if requested is None:
        return client.scopes
    if not SCOPE_LIST.fullmatch(requested):
        raise OAuthError(
            "invalid_scope", "The scope parameter is not a list of scopes separated by single blanks."
        )
    scopes = frozenset(requested.split(" "))
    if not scopes <= client.scopes:
        raise OAuthError("invalid_scope", f"The client may have: {' '.join(sorted(client.scopes))}.")
    return scopes


def _unavailable(description: str) -> OAuthError:
    return OAuthError("temporarily_unavailable", description, status=503, headers={"Retry-After": "1"})


routes: list[BaseRoute] = [
    Route(TOKEN_PATH, token, methods=["POST"]),
    Route(JWKS_PATH, jwks),
    Route(METADATA_PATH, metadata),
]

paths = oauth_paths(TOKEN_PATH, JWKS_PATH, METADATA_PATH)
