"""``/v1/clients``: a tenant's programs that may ask for tokens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.access.client_secrets import new_secret
from api.access.clients import (
    SCOPES,
    Client,
    add_client,
    find_client,
    list_clients,
    new_row,
    revoke,
    rotate_secret,
)
from api.clients.client_paths import CLIENT_PATH, CLIENTS_PATH, SECRET_PATH, paths
from api.users.user_rules import more_than_own
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

HEADERS = {"Cache-Control": "no-store"}

__all__ = ["paths", "routes"]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new client may do."""

    scopes: Annotated[list[str], msgspec.Meta(min_length=1, max_length=len(SCOPES))]


class Shown(msgspec.Struct, frozen=True):
    """A client as answers tell of it; the secret only when it is new."""

    client_id: str
    scopes: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None
    client_secret: str | msgspec.UnsetType = msgspec.UNSET


@requires("clients:read")
async def listed(request: Request, principal: Principal) -> Response:
    """``GET /v1/clients``."""
    found = await list_clients(request.state.database, principal.tenant_id)
    return Response(msgspec.json.encode([_shown(each) for each in found]), headers=HEADERS, media_type=JSON)


@requires("clients:write")
async def create(request: Request, principal: Principal) -> Response:
    """``POST /v1/clients``."""
    wanted = frozenset((await read_json(request, Wanted)).scopes)
    unknown = wanted - SCOPES.keys()
    if unknown:
        raise Problem(
            400,
            "Unknown scope",
            f"There is no scope {', '.join(sorted(unknown))}; there are {', '.join(SCOPES)}.",
            type="unknown-scope",
        )
    _check_scopes(principal, wanted)
    secret = new_secret()
    row = new_row(principal.tenant_id, wanted, await request.state.secret_checker.hash(secret))
    async with request.state.database.transaction() as session:
        client = await add_client(session, row, principal.actor)
    return _with_secret(client, secret, status=201)


@requires("clients:write")
async def rotate(request: Request, principal: Principal) -> Response:
    """``POST /v1/clients/{client_id}/secret``."""
    secret = new_secret()
    secret_hash = await request.state.secret_checker.hash(secret)
    async with request.state.database.transaction() as session:
        client = _known(await find_client(session, principal.tenant_id, request.path_params["client_id"]))
        # whoever has the secret may do what the client may
        _check_scopes(principal, client.scopes)
        await rotate_secret(session, client, secret_hash, principal.actor)
    return _with_secret(client, secret, status=200)


@requires("clients:write")
async def remove(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/clients/{client_id}``."""
    async with request.state.database.transaction() as session:
        client = _known(await find_client(session, principal.tenant_id, request.path_params["client_id"]))
        await revoke(session, client.client_id, principal.actor)
    return Response(status_code=204)


def _known(client: Client | None) -> Client:
    if client is None:
        raise Problem(
            404,
            "Unknown client",
            "The tenant has no client with this id, or it was revoked.",
            type="unknown-client",
        )
    return client


def _check_scopes(principal: Principal, scopes: frozenset[str]) -> None:
    more = scopes - principal.scopes
    if more:
        raise more_than_own(f"The client would have scopes that you lack: {', '.join(sorted(more))}.")


def _shown(client: Client) -> Shown:
    return Shown(client.client_id, sorted(client.scopes), client.created_at, client.revoked_at)


def _with_secret(client: Client, secret: str, status: int) -> Response:
    """The answer with the secret, which nobody can read again later."""
    shown: Mapping[str, object] = msgspec.structs.asdict(_shown(client)) | {"client_secret": secret}
    return Response(msgspec.json.encode(shown), status, HEADERS, JSON)


routes: list[BaseRoute] = [
    route(CLIENTS_PATH, get=listed, post=create),
    Route(SECRET_PATH, rotate, methods=["POST"]),
    Route(CLIENT_PATH, remove, methods=["DELETE"]),
]
