"""``/v1/models``: what the tenant's predictions were learned from, and which version of it makes them."""

from datetime import datetime

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.models.model_paths import MODELS_PATH, PIN_PATH, VERSION_PATH, paths
from api.models.model_query import parse, parse_pin
from api.models.model_versions import Current, ModelVersion
from api.models.pin_audit import audited_pin
from api.models.version_store import VersionStore
from api.web.cursor import VersionCursor, link_to_next
from api.web.etag import conditional
from api.web.methods import route
from api.web.problems import Problem
from api.web.request_body import read_body

JSON = "application/json"
MOST_BODY_BYTES = 4_096
# whoever pins looks at once whether it is there
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class Version(msgspec.Struct, frozen=True):
    """One element of the list; by itself a version comes with its parameters."""

    model_version: str
    parent: str | None
    created_at: datetime
    data_from: datetime
    data_to: datetime
    labels: int
    scores: msgspec.Raw
    reason: str
    parameters_digest: str
    serving: bool
    pinned: bool
    parameters: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


@requires("models:read")
async def versions(request: Request, principal: Principal) -> Response:
    """``GET /v1/models``."""
    query = parse(request.query_params.multi_items())
    store: VersionStore = request.state.version_store
    found = await store.lineage(principal.tenant_id, query.begin, query.limit)
    headers = {**HEADERS}
    if found.rest is not None:
        headers["Link"] = link_to_next(request, VersionCursor(1, found.rest))
    body = msgspec.json.encode([_shown(each, found.current) for each in found.versions])
    return conditional(request, body, headers)


@requires("models:read")
async def version(request: Request, principal: Principal) -> Response:
    """``GET /v1/models/{model_version}``."""
    store: VersionStore = request.state.version_store
    found = await _known(store, principal, request.path_params["model_version"])
    current = await store.current(principal.tenant_id)
    return conditional(request, _whole(found, current), HEADERS)


@requires("models:read")
async def pinned(request: Request, principal: Principal) -> Response:
    """``GET /v1/models/pin``."""
    store: VersionStore = request.state.version_store
    current = await store.current(principal.tenant_id)
    if current.pinned is None:
        raise _unknown("No version is pinned: the newest makes the predictions.")
    found = await _known(store, principal, current.pinned)
    return conditional(request, _whole(found, current), HEADERS)


@requires("models:write")
async def pin(request: Request, principal: Principal) -> Response:
    """``PUT /v1/models/pin``."""
    _check_media_type(request.headers)
    store: VersionStore = request.state.version_store
    found = await _known(store, principal, parse_pin(await read_body(request, MOST_BODY_BYTES)))
    current = await store.current(principal.tenant_id)
    async with audited_pin(
        request.state.database, principal.actor, principal.tenant_id, current.pinned, found.model_version
    ):
        await store.pin(principal.tenant_id, found)
    # as it will be: the store may not have it yet
    pinned_now = Current(pinned=found.model_version)
    return Response(_whole(found, pinned_now), headers=HEADERS, media_type=JSON)


@requires("models:write")
async def unpin(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/models/pin``."""
    store: VersionStore = request.state.version_store
    current = await store.current(principal.tenant_id)
    async with audited_pin(
        request.state.database, principal.actor, principal.tenant_id, current.pinned, None
    ):
        await store.unpin(principal.tenant_id)
    return Response(status_code=204)


async def _known(store: VersionStore, principal: Principal, name: str) -> ModelVersion:
    found = await store.version(principal.tenant_id, name)
    if found is None:
        raise _unknown("The tenant's model has no version of this name.")
    return found


def _unknown(detail: str) -> Problem:
    return Problem(404, "Unknown version", detail, type="unknown-model-version")


def _check_media_type(headers: Headers) -> None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(
            415,
            "Unsupported media type",
            f"A pin comes as {JSON}.",
            type="unsupported-media-type",
            headers={"Accept": JSON},
        )


def _shown(version: ModelVersion, current: Current) -> Version:
    return Version(
        model_version=version.model_version,
        parent=version.parent,
        created_at=version.created_at,
        data_from=version.data_from,
        data_to=version.data_to,
        labels=version.labels,
        scores=msgspec.Raw(version.scores.encode()),
        reason=version.reason,
        parameters_digest=version.parameters_digest,
        serving=version.model_version == current.served,
        pinned=version.model_version == current.pinned,
    )


def _whole(version: ModelVersion, current: Current) -> bytes:
    parameters = msgspec.Raw(version.parameters.encode())
    return msgspec.json.encode(msgspec.structs.replace(_shown(version, current), parameters=parameters))


# the pin first: else it would be a version of that name
routes: list[BaseRoute] = [
    Route(MODELS_PATH, versions),
    route(PIN_PATH, get=pinned, put=pin, delete=unpin),
    Route(VERSION_PATH, version),
]
