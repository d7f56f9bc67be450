"""Telling a request of our own pages from one that another site's page made with the user's cookie."""

import hmac

from starlette.requests import Request

from api.access.opaque_tokens import derived
from api.web.problems import Problem

HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(session_token: str) -> str:
    """What a page of ours is told when its user signs in, and sends along with every change."""
    return derived(session_token, "csrf")


def check_origin(request: Request, origin: str, *, required: bool) -> None:
    """Refuse a changing request from another site's page; one without the header is no browser's. Raises `Problem`."""
    given = request.headers.get("origin")
    if given != origin and (required or given is not None):
        raise _refused(f"The header Origin must be {origin}.")


def check_change(request: Request, origin: str, session_token: str) -> None:
    """Refuse a change that may not be the user's own will. Raises `Problem`."""
    if request.method in SAFE:
        return
    check_origin(request, origin, required=True)
    if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), csrf_token(session_token).encode()):
        raise _refused("The header X-CSRF-Token must be the csrf_token that GET /v1/session tells.")


def _refused(detail: str) -> Problem:
    return Problem(403, "Cross-site request", detail, type="cross-site-request")
