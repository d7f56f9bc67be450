"""Paths whose parameters may hold any character, a slash too.

A server decodes ``%2F`` before it looks for a route, and then nobody can tell it from a slash that parts two names.
"""

from urllib.parse import unquote

from starlette.routing import Match, Route
from starlette.types import Scope

from api.web.methods import Handler, route


class EncodedRoute(Route):
    """A route that is looked for in the path as it was sent; each parameter is decoded by itself."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or "raw_path" not in scope:
            return super().matches(scope)
        sent = scope["raw_path"].decode("ascii", "replace")
        match, child = super().matches({**scope, "path": sent, "path_params": {}})
        if match is not Match.NONE:
            child["path_params"] = {
                **scope.get("path_params", {}),
                # what is not UTF-8 has characters that no name may have
                **{
                    name: unquote(text, errors="surrogateescape")
                    for name, text in child["path_params"].items()
                },
            }
        return match, child


def encoded_route(path: str, **endpoints: Handler) -> Route:
    """As `api.web.methods.route`, for a path whose parameters may hold any character."""
    decoded = route(path, **endpoints)
    return EncodedRoute(path, decoded.endpoint, methods=[*endpoints])
