"""What access tokens cost: signing and verifying by algorithm, and a request at the door with and without memory.

::

    python bench/tokens.py [--json FILE]

CPU time of one core in us, the best of five rounds, since machines are shared. Nothing is started: requests are ASGI calls,
so what the HTTP server costs comes on top.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from api.access.account_watch import AccountWatch
from api.access.authentication import Authenticator, Principal, requires
from api.access.client_secrets import HASHER, hash_secret, new_secret
from api.access.clients import SCOPES, Client, create_client
from api.access.key_store import ensure_key
from api.access.tenants import Region, Tier, create_tenant
from api.access.tokens import TokenRules
from api.access.verified_tokens import VerifiedTokens
from api.clock import utc_now
from api.database import Database
from api.tables import Base
from api.web.access_log import AccessLog
from api.web.observation import Observation

ROUNDS = 5
ENCRYPTION_KEY = bytes(32)
RULES = TokenRules("https://aurora.invalid", timedelta(hours=1))
CLAIMS: dict[str, object] = {"iss": RULES.issuer, "sub": "client", "exp": 2**31}
ALGORITHMS: dict[str, Key] = {
    "HS256": OctKey.generate_key(256),
    "RS256": RSAKey.generate_key(2048),
    "Ed25519": OKPKey.generate_key("Ed25519"),
    "ES256": ECKey.generate_key("P-256"),
}


class VerifiesEachTime:
    """An authenticator without memory."""

    def __init__(self, watch: AccountWatch) -> None:
        self._watch = watch

    async def authenticate(self, token: str) -> Principal:
        """The principal of ``token``."""
        return RULES.verify(token, self._watch.accounts().keys, utc_now()).principal


@requires("events:write")
async def guarded(_request: Request, _principal: Principal) -> Response:
    """An endpoint that does nothing."""
    return Response(status_code=202)


async def unguarded(_request: Request) -> Response:
    """The same for everyone."""
    return Response(status_code=202)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    costs: dict[str, float] = {}
    for name, key in ALGORITHMS.items():
        costs[f"{name} sign"] = _signing(name, key)
        costs[f"{name} verify"] = _verifying(name, key)
    secret = new_secret()
    kept = hash_secret(secret)
    costs["Argon2id of a client's secret"] = _least(lambda: HASHER.verify(kept, secret), 10)
    costs.update(asyncio.run(_requests()))
    table = Table("what", "us", title="CPU time of one core")
    for what, cost in costs.items():
        table.add_row(what, f"{cost:.1f}")
    Console(stderr=True).print(table)
    if options.json:
        options.json.write_text(json.dumps(costs, indent=2) + "\n")


def _signing(algorithm: str, key: Key) -> float:
    return _least(lambda: jwt.encode({"alg": algorithm}, CLAIMS, key, [algorithm]), 200)


def _verifying(algorithm: str, key: Key) -> float:
    token = jwt.encode({"alg": algorithm}, CLAIMS, key, [algorithm])
    return _least(lambda: jwt.decode(token, key, [algorithm]), 1_000)


def _least(work: Callable[[], object], times: int) -> float:
    return min(_round(work, times) for _ in range(ROUNDS))


def _round(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6


async def _requests() -> dict[str, float]:
    database = Database("sqlite+aiosqlite:///:memory:")
    try:
        watch, client = await _accounts(database)
        token = RULES.issue(client, client.scopes, watch.accounts().keys, utc_now())
        remembers, verifies = VerifiedTokens(RULES, watch), VerifiesEachTime(watch)
        return {
            "request, bare": await _asking(_app(unguarded), token, remembers),
            "request, observed": await _asking(_app(unguarded, observed=True), token, remembers),
            "request, observed, token remembered": await _asking(
                _app(guarded, observed=True), token, remembers
            ),
            "request, observed, token verified": await _asking(_app(guarded, observed=True), token, verifies),
        }
    finally:
        await database.close()


async def _accounts(database: Database) -> tuple[AccountWatch, Client]:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await ensure_key(database, ENCRYPTION_KEY, utc_now())
    tenant = await create_tenant(database, "bench", Region.EU_CENTRAL_1, Tier.STANDARD)
    new = await create_client(database, tenant.tenant_id, SCOPES)
    watch = AccountWatch(database, ENCRYPTION_KEY, RULES.lifetime)
    await watch.refresh(older_than=0)
    return watch, new.client


def _app(endpoint: Callable[[Request], Awaitable[Response]], *, observed: bool = False) -> Starlette:
    templates: dict[object, str] = {endpoint: "/v1/ingest/events"}
    log = AccessLog(open(os.devnull, "wb"), "INFO")
    middleware = [Middleware(Observation, templates, log)] if observed else []
    return Starlette(routes=[Route("/v1/ingest/events", endpoint, methods=["POST"])], middleware=middleware)


async def _asking(app: Starlette, token: str, authenticator: Authenticator, times: int = 3_000) -> float:
    headers = [(b"host", b"x"), (b"authorization", f"Bearer {token}".encode()), (b"content-length", b"0")]

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Message) -> None:
        pass

    async def ask() -> None:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/ingest/events",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "state": {"authenticator": authenticator},
        }
        await app(scope, receive, send)

    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            await ask()
        least = min(least, (time.process_time() - began) / times * 1e6)
    return least


if __name__ == "__main__":
    main()
