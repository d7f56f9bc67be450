"""One path with an endpoint for each method."""

import functools
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


def route(path: str, **endpoints: Handler) -> Route:
    """The route, with an endpoint by each method's name: ``get=``, ``put=``.

    A route for each of them would answer another method with the ``Allow`` of the first alone.
    """
    by_method = {method.upper(): endpoint for method, endpoint in endpoints.items()}
    first = next(iter(endpoints.values()))

    # so that whoever looks sees whether it is guarded, as for a path of one method
    @functools.wraps(first)
    async def dispatch(request: Request) -> Response:
        # Starlette lets HEAD in where GET is
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    dispatch.by_method = by_method  # type: ignore[attr-defined]
    return Route(path, dispatch, methods=[*by_method])


def endpoint_of(route: Route, method: str) -> Handler:
    """What answers this method on a route, whether it has one endpoint or one for each method."""
    by_method: Mapping[str, Handler] = getattr(route.endpoint, "by_method", {})
    handler: Handler = by_method.get(method, route.endpoint)
    return handler
