"""``/v1/session/passkeys`` and ``/v1/session/step-up``: a user's passkeys, made and shown in a session of theirs."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import step_up_required
from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.passkeys.ceremonies import Ceremonies, Passkey, PasskeyRefused
from api.passkeys.passkey_paths import (
    MAKING_PATH,
    PASSKEY_PATH,
    PASSKEYS_PATH,
    SHOWING_PATH,
    STEP_UP_PATH,
    paths,
)
from api.passkeys.passkey_store import add_passkey, find_passkey, passkeys_of, remove_passkey
from api.sessions.session_store import Session, set_challenge, step_up, take_challenge
from api.sessions.sessions import NEVER_STORED, started
from api.sessions.user_sessions import in_session
from api.users.tables import PasskeyRow
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

CHALLENGE_BYTES = 32
CHALLENGE_LIVES = timedelta(minutes=2)
MOST_PASSKEYS = 20

__all__ = ["paths", "routes"]


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passkey that the browser made, and what its user calls it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    credential: dict[str, Any]


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browser's authenticator signed."""

    credential: dict[str, Any]


class Listed(msgspec.Struct, frozen=True):
    """One element of the list."""

    passkey_id: str
    name: str
    created_at: datetime
    used_at: datetime | None


@in_session
async def listed(request: Request, session: Session) -> Response:
    """``GET /v1/session/passkeys``."""
    async with request.state.database.transaction() as transaction:
        found = await passkeys_of(transaction, session.user_id)
    body = msgspec.json.encode([_listed(row) for row in found])
    return Response(body, headers=NEVER_STORED, media_type=JSON)


@in_session
async def making_options(request: Request, session: Session) -> Response:
    """``POST /v1/session/passkeys/options``."""

    def options(challenge: bytes, known: list[str]) -> str:
        _check_may_make(session, known)
        return _ceremonies(request).making_options(session, challenge, known)

    return await _challenged(request, session, options)


@in_session
async def make(request: Request, session: Session) -> Response:
    """``POST /v1/session/passkeys``."""
    made = await read_json(request, Made)
    challenge = await _challenge(request, session)
    try:
        passkey = _ceremonies(request).made(made.credential, challenge)
    except PasskeyRefused:
        raise _refused() from None
    async with request.state.database.transaction() as transaction:
        _check_may_make(
            session, [row.credential_id for row in await passkeys_of(transaction, session.user_id)]
        )
        row = await add_passkey(transaction, session.user_id, passkey, made.name, utc_now())
        if row is None:
            raise _refused()
        await record(
            transaction,
            actor=_actor(session),
            action="passkey.made",
            tenant_id=session.tenant_id,
            subject=f"user/{session.user_id}",
            after={"passkey": made.name},
        )
    return Response(msgspec.json.encode(_listed(row)), 201, NEVER_STORED, JSON)


@in_session
async def remove(request: Request, session: Session) -> Response:
    """``DELETE /v1/session/passkeys/{passkey_id}``."""
    if not session.is_stepped_up(utc_now()):
        raise step_up_required()
    async with request.state.database.transaction() as transaction:
        name = await remove_passkey(transaction, session.user_id, request.path_params["passkey_id"])
        if name is None:
            raise Problem(404, "Unknown passkey", "You have no passkey with this id.", type="unknown-passkey")
        await record(
            transaction,
            actor=_actor(session),
            action="passkey.removed",
            tenant_id=session.tenant_id,
            subject=f"user/{session.user_id}",
            before={"passkey": name},
        )
    return Response(status_code=204)


@in_session
async def showing_options(request: Request, session: Session) -> Response:
    """``POST /v1/session/step-up/options``."""

    def options(challenge: bytes, known: list[str]) -> str:
        if not known:
            raise Problem(409, "No passkey", "You have no passkey yet: make one first.", type="no-passkey")
        return _ceremonies(request).showing_options(challenge, known)

    return await _challenged(request, session, options)


@in_session
async def show(request: Request, session: Session) -> Response:
    """``POST /v1/session/step-up``."""
    shown = await read_json(request, Shown)
    challenge, now = await _challenge(request, session), utc_now()
    async with request.state.database.transaction() as transaction:
        row = await find_passkey(transaction, session.user_id, str(shown.credential.get("id")))
        if row is None:
            raise _refused()
        known = Passkey(row.credential_id, row.public_key, row.sign_count)
        try:
            row.sign_count = _ceremonies(request).shown(shown.credential, challenge, known)
        except PasskeyRefused:
            raise _refused() from None
        row.used_at = now
        token = await step_up(transaction, session.token, now)
    return await started(request, token)


async def _challenged(
    request: Request, session: Session, options: Callable[[bytes, list[str]], str]
) -> Response:
    """The options with a fresh challenge, which the session keeps."""
    challenge = os.urandom(CHALLENGE_BYTES)
    async with request.state.database.transaction() as transaction:
        known = [row.credential_id for row in await passkeys_of(transaction, session.user_id)]
        body = options(challenge, known)
        await set_challenge(transaction, session.token, challenge, utc_now() + CHALLENGE_LIVES)
    return Response(body, headers=NEVER_STORED, media_type=JSON)


async def _challenge(request: Request, session: Session) -> bytes:
    # in a transaction of its own, so that it is used up whatever comes of it
    async with request.state.database.transaction() as transaction:
        challenge = await take_challenge(transaction, session.token, utc_now())
    if challenge is None:
        raise _refused()
    return challenge


def _check_may_make(session: Session, known: list[str]) -> None:
    """Who only has the session's cookie must not make a key to go on with."""
    now = utc_now()
    if not (session.is_stepped_up(now) if known else session.is_fresh(now)):
        raise step_up_required()
    if len(known) >= MOST_PASSKEYS:
        raise Problem(
            409, "Too many passkeys", f"A user has at most {MOST_PASSKEYS}.", type="too-many-passkeys"
        )


def _ceremonies(request: Request) -> Ceremonies:
    return Ceremonies(request.state.user_sessions.origin)


def _refused() -> Problem:
    return Problem(
        400,
        "Passkey refused",
        "It is not what was asked for, or not in time, or not by a passkey of yours: ask for options again.",
        type="passkey-refused",
    )


def _actor(session: Session) -> Actor:
    return Actor("user", str(session.user_id), session.tenant_id)


def _listed(row: PasskeyRow) -> Listed:
    return Listed(row.credential_id, row.name, row.created_at, row.used_at)


routes: list[BaseRoute] = [
    route(PASSKEYS_PATH, get=listed, post=make),
    Route(MAKING_PATH, making_options, methods=["POST"]),
    Route(PASSKEY_PATH, remove, methods=["DELETE"]),
    Route(STEP_UP_PATH, show, methods=["POST"]),
    Route(SHOWING_PATH, showing_options, methods=["POST"]),
]
