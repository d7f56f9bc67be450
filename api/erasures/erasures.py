"""``/v1/erasures``: the endpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.access.sealing import key_of
from api.audit.audit_log import record
from api.clock import utc_now
from api.database import Database
from api.erasures.erasure_paths import ERASURE_PATH, ERASURES_PATH, MOST_LISTED, paths
from api.erasures.erasure_watch import gone_by
from api.erasures.tables import ErasureRow
from api.ingest.pii import PiiHasher, is_hash
from api.settings import Settings
from api.web.etag import conditional
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

HEADERS = {"Cache-Control": "private, no-store", "Vary": "Authorization"}

__all__ = ["paths", "routes"]

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants to be forgotten, by exactly one of these."""

    customer_email: _Text | msgspec.UnsetType = msgspec.UNSET
    phone: _Text | msgspec.UnsetType = msgspec.UNSET
    customer_hash: _Text | msgspec.UnsetType = msgspec.UNSET


class Erasure(msgspec.Struct, frozen=True):
    """As it is told."""

    erasure_id: UUID
    customer_hash: str | None
    asked_at: datetime
    state: Literal["waiting", "erased"]
    gone_by: datetime
    erased_at: datetime | None


@requires("predictions:write")
async def ask(request: Request, principal: Principal) -> Response:
    """``POST /v1/erasures``."""
    settings: Settings = request.state.settings
    hasher = PiiHasher(key_of(settings.pii_key), principal.tenant_id)
    customer_hash = _hash_of(await read_json(request, Customer), hasher)
    row = ErasureRow(
        erasure_id=uuid4(),
        tenant_id=principal.tenant_id,
        customer_hash=customer_hash,
        asked_at=utc_now(),
    )
    database: Database = request.state.database
    async with database.transaction() as session:
        session.add(row)
        told = _told(row, await gone_by(session, row))
        # the log is kept for ever, so it does not tell whom
        await record(
            session,
            actor=principal.actor,
            action="customer.erasure_asked",
            tenant_id=principal.tenant_id,
            subject=f"erasure/{row.erasure_id}",
        )
    return Response(msgspec.json.encode(told), 202, HEADERS, JSON)


@requires("predictions:read")
async def erasures(request: Request, principal: Principal) -> Response:
    """``GET /v1/erasures``."""
    newest = select(ErasureRow).where(ErasureRow.tenant_id == principal.tenant_id)
    newest = newest.order_by(ErasureRow.asked_at.desc(), ErasureRow.erasure_id).limit(MOST_LISTED)
    database: Database = request.state.database
    async with database.transaction() as session:
        rows: Sequence[ErasureRow] = (await session.scalars(newest)).all()
        told = [_told(row, await gone_by(session, row)) for row in rows]
    return conditional(request, msgspec.json.encode(told), HEADERS)


@requires("predictions:read")
async def erasure(request: Request, principal: Principal) -> Response:
    """``GET /v1/erasures/{erasure_id}``."""
    try:
        erasure_id = UUID(request.path_params["erasure_id"])
    except ValueError:
        raise _unknown() from None
    database: Database = request.state.database
    async with database.transaction() as session:
        row = await session.get(ErasureRow, erasure_id)
        if row is None or row.tenant_id != principal.tenant_id:
            raise _unknown()
        told = _told(row, await gone_by(session, row))
    return conditional(request, msgspec.json.encode(told), HEADERS)


def _hash_of(customer: Customer, hasher: PiiHasher) -> str:
    named = msgspec.structs.asdict(customer)
    given = {name: value for name, value in named.items() if value is not msgspec.UNSET}
    if len(given) != 1:
        raise _bad("it must have exactly one of customer_email, phone and customer_hash")
    ((name, value),) = given.items()
    # as the gateway hashes it in an event; a hash stays what it is
    hashed = hasher.protect({"phone" if name == "customer_hash" else name: value})
    assert isinstance(hashed, dict)
    (found,) = hashed.values()
    if not is_hash(found) or (name == "customer_hash" and found != value):
        raise _bad(f"{name} is none")
    return str(found)


def _bad(reason: str) -> Problem:
    return Problem(400, "Bad body", f"The body is not of its form: {reason}.", type="bad-json-body")


def _unknown() -> Problem:
    return Problem(404, "Unknown erasure", "The tenant has no such erasure.", type="unknown-erasure")


def _told(row: ErasureRow, latest: datetime) -> Erasure:
    state: Literal["waiting", "erased"] = "waiting" if row.erased_at is None else "erased"
    return Erasure(row.erasure_id, row.customer_hash, row.asked_at, state, latest, row.erased_at)


routes: list[BaseRoute] = [
    route(ERASURES_PATH, get=erasures, post=ask),
    Route(ERASURE_PATH, erasure),
]
