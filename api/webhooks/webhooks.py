"""``/v1/webhooks``: where the tenant's programs are told of its alerts."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.access.sealing import key_of
from api.web.etag import conditional
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem
from api.webhooks import signing_secrets
from api.webhooks.subscription import Subscription, checked
from api.webhooks.tables import WebhookRow
from api.webhooks.webhook_paths import (
    PAUSE_PATH,
    RESUME_PATH,
    SECRET_PATH,
    WEBHOOK_PATH,
    WEBHOOKS_PATH,
    paths,
)
from api.webhooks.webhook_store import MOST_WEBHOOKS, Caller, TooManyWebhooks, UnknownWebhook, WebhookStore

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
# an answer that holds a secret is for nobody to keep
UNKEPT = {"Cache-Control": "no-store"}

__all__ = ["paths", "routes"]

T = TypeVar("T")


class Webhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """One element of the list; its secret is there when it is new, and never again."""

    webhook_id: str
    url: str
    description: str
    events: list[str]
    skus: list[str]
    warehouses: list[str]
    state: str
    disabled_because: str | None
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    secret: str | msgspec.UnsetType = msgspec.UNSET


@requires("webhooks:read")
async def webhooks(request: Request, principal: Principal) -> Response:
    """``GET /v1/webhooks``."""
    rows = await _store(request).all(principal.tenant_id)
    return conditional(request, msgspec.json.encode([_shown(row) for row in rows]), HEADERS)


@requires("webhooks:write")
async def create(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks``."""
    wanted = await _subscription(request)
    try:
        row, secret = await _store(request).create(caller_of(principal), wanted)
    except TooManyWebhooks:
        raise Problem(
            409,
            "Too many webhooks",
            f"A tenant has at most {MOST_WEBHOOKS} webhooks.",
            type="too-many-webhooks",
        ) from None
    headers = {**UNKEPT, "Location": WEBHOOK_PATH.format(webhook_id=row.webhook_id)}
    return _answer(_shown(row, secret), headers, status=201)


@requires("webhooks:read")
async def webhook(request: Request, principal: Principal) -> Response:
    """``GET /v1/webhooks/{webhook_id}``."""
    row = await known(_store(request).one(principal.tenant_id, webhook_id_of(request)))
    return conditional(request, msgspec.json.encode(_shown(row)), HEADERS)


@requires("webhooks:write")
async def change(request: Request, principal: Principal) -> Response:
    """``PUT /v1/webhooks/{webhook_id}``."""
    wanted = await _subscription(request)
    row = await known(_store(request).change(caller_of(principal), webhook_id_of(request), wanted))
    return _answer(_shown(row), HEADERS)


@requires("webhooks:write")
async def delete(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/webhooks/{webhook_id}``."""
    await known(_store(request).delete(caller_of(principal), webhook_id_of(request)))
    return Response(status_code=204)


@requires("webhooks:write")
async def rotate(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks/{webhook_id}/secret``."""
    row, secret = await known(_store(request).rotate(caller_of(principal), webhook_id_of(request)))
    return _answer(_shown(row, secret), UNKEPT)


@requires("webhooks:write")
async def pause(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks/{webhook_id}/pause``."""
    return _answer(
        _shown(await known(_store(request).pause(caller_of(principal), webhook_id_of(request)))), HEADERS
    )


@requires("webhooks:write")
async def resume(request: Request, principal: Principal) -> Response:
    """``POST /v1/webhooks/{webhook_id}/resume``."""
    return _answer(
        _shown(await known(_store(request).resume(caller_of(principal), webhook_id_of(request)))), HEADERS
    )


def caller_of(principal: Principal) -> Caller:
    return Caller(principal.tenant_id, principal.actor)


def webhook_id_of(request: Request) -> str:
    found: str = request.path_params["webhook_id"]
    return found


async def known(asked: Awaitable[T]) -> T:
    """What was asked for; raises the `Problem` of a webhook that the tenant does not have."""
    try:
        return await asked
    except UnknownWebhook:
        raise Problem(
            404, "Unknown webhook", "The tenant has no webhook of this id.", type="unknown-webhook"
        ) from None


def _store(request: Request) -> WebhookStore:
    return WebhookStore(request.state.database, key_of(request.state.settings.encryption_key))


async def _subscription(request: Request) -> Subscription:
    wanted = await read_json(request, Subscription)
    return checked(wanted, allow_loopback=request.state.settings.webhook_allow_loopback)


def _shown(row: WebhookRow, secret: bytes | None = None) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        url=row.url,
        description=row.description,
        events=row.events,
        skus=row.skus,
        warehouses=row.warehouses,
        state=row.state,
        disabled_because=row.disabled_because,
        failing_since=row.failing_since,
        old_secret_until=row.old_secret_until,
        created_at=row.created_at,
        secret=msgspec.UNSET if secret is None else signing_secrets.shown(secret),
    )


def _answer(webhook: Webhook, headers: dict[str, str], status: int = 200) -> Response:
    return Response(msgspec.json.encode(webhook), status, headers, JSON)


routes: list[BaseRoute] = [
    route(WEBHOOKS_PATH, get=webhooks, post=create),
    route(WEBHOOK_PATH, get=webhook, put=change, delete=delete),
    Route(SECRET_PATH, rotate, methods=["POST"]),
    Route(PAUSE_PATH, pause, methods=["POST"]),
    Route(RESUME_PATH, resume, methods=["POST"]),
]
