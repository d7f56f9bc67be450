"""The cookies of a browser that is, or is about to be, signed in."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that no script can read and no other site's request brings along, except to open a page.

    Its prefix makes browsers refuse one that another host, or somebody on the way, wants to set. Without TLS, which only
    a developer's own machine may be, both must be left out.
    """

    plain_name: str
    secure: bool

    @property
    def name(self) -> str:
        """As the browser has it."""
        return f"__Host-{self.plain_name}" if self.secure else self.plain_name

    def read(self, request: Request) -> str | None:
        """What the browser sent."""
        return request.cookies.get(self.name)

    def set(self, response: Response, value: str, lifetime: timedelta) -> None:
        """Let the browser keep it."""
        response.set_cookie(
            self.name,
            value,
            max_age=int(lifetime.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def clear(self, response: Response) -> None:
        """Let the browser forget it."""
        response.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")


def session_cookie(secure: bool) -> Cookie:
    """The session's own."""
    return Cookie("aurora_session", secure)
