"""Changes that are to be made only if nobody else made one meanwhile: ``If-Match`` (RFC 9110, section 13.1.1)."""

from starlette.requests import Request

from api.web.etag import matches
from api.web.problems import Problem


def check_if_match(request: Request, tag: str) -> None:
    """Raise a `Problem` where the client's ``If-Match`` names another state than ``tag`` does."""
    wanted = request.headers.get("if-match")
    if wanted is not None and not matches(wanted, tag):
        raise Problem(
            412,
            "Changed meanwhile",
            "This is not what If-Match names any more. Nothing was changed; get it anew.",
            type="stale",
        )
