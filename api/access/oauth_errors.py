"""Errors of the token endpoint, in the form that RFC 6749 section 5.2 gives them."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.health.metrics import TOKENS_REFUSED

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# where the RFC has another status than 400
STATUS = {"invalid_client": 401}


class OAuthError(Exception):
    """A refused token request; ``error`` is the RFC's code."""

    def __init__(
        self,
        error: str,
        description: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status or STATUS.get(error, 400)
        self.headers = {**NO_STORE, **(headers or {})}
        if self.status == 401:
            self.headers["WWW-Authenticate"] = 'Basic realm="aurora", charset="UTF-8"'


async def answer_oauth_error(_request: Request, error: Exception) -> Response:
    """Starlette's exception handler for ``OAuthError``."""
    if not isinstance(error, OAuthError):
        raise error
    TOKENS_REFUSED.labels(error.error).inc()
    return JSONResponse(
        {"error": error.error, "error_description": error.description}, error.status, error.headers
    )
