"""Changes that are to be made only if nobody else made one meanwhile: ``If-Match`` (RFC 9110, section 13.1.1)."""

from starlette.requests import Request

from api.web.etag import matches
from api.web.problems import Problem


def check_if_match(request: Request, tag: str) -> None:
    """Raise a `Problem` where the client's ``If-Match`` names another state than ``tag`` does."""
    wanted = request.headers.get("if-match")
    if wanted is not None and not matches(wanted, tag):
        raise _stale("This is not what If-Match names any more. Nothing was changed; get it anew.")


def check_change(request: Request, tag: str | None) -> None:
    """Let a change through only if the client knows what it changes; ``tag`` names that, None: there is nothing yet.

    It says so by ``If-Match`` with the entity tag, or by ``If-None-Match: *`` where it makes something new. Raises a
    `Problem`: 412 where things are not as it thinks, 428 where it says nothing.
    """
    if request.headers.get("if-none-match", "").strip() == "*":
        if tag is not None:
            raise _stale("There is something here already, and If-None-Match: * asks for the opposite.")
        return
    if "if-match" not in request.headers:
        raise Problem(
            428,
            "Precondition required",
            (
                "Send If-None-Match: * to make this anew."
                if tag is None
                else "Send If-Match with the ETag of what you change, so that nobody's change is overwritten unseen."
            ),
            type="precondition-required",
        )
    if tag is None:
        raise _stale("There is nothing here that If-Match could name. Nothing was changed.")
    check_if_match(request, tag)


def _stale(detail: str) -> Problem:
    return Problem(412, "Changed meanwhile", detail, type="stale")
