"""Errors as the API tells them: RFC 9457 problem details."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is not a success, raised anywhere below an endpoint and answered in one place.

    ``type`` is a slug such as ``invalid-events``; the client sees it as the path ``/v1/problems/invalid-events``,
    which serves its meaning. ``extensions`` become further members of the body and must encode as JSON.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        type: str = "about:blank",
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title
        self.detail = detail
        self.type = type
        self.headers = dict(headers or {})
        self.extensions = extensions

    def response(self, instance: str | None) -> Response:
        """The HTTP answer; ``instance`` names this occurrence, here the request id."""
        body: dict[str, object] = {
            "type": self.type if self.type == "about:blank" else f"/v1/problems/{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance is not None:
            body["instance"] = instance
        body.update(self.extensions)
        return Response(msgspec.json.encode(body), self.status, self.headers, MEDIA_TYPE)


async def answer_problem(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for ``Problem``."""
    if not isinstance(error, Problem):
        raise error
    return error.response(getattr(request.state, "request_id", None))
