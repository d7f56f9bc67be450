"""The token endpoint when something that it needs is missing; what it does else is shown by the service tests."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from api.access import client_secrets, oauth
from api.access.account_watch import REFRESH_SECONDS, STALE_SECONDS, AccountsUnread, AccountWatch
from api.access.attempts import FailedAttempts
from api.access.client_secrets import SecretChecker
from api.access.clients import NewClient, create_client
from api.access.key_store import ensure_key
from api.access.oauth_errors import OAuthError, answer_oauth_error
from api.access.tenants import Region, Tier, create_tenant
from api.access.tokens import TokenRules
from api.clock import utc_now
from api.database import Database
from api.tables import Base
from api.web.error_answers import answer_accounts_unread

ENCRYPTION_KEY = bytes(32)
LIFETIME = timedelta(hours=1)


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """The token endpoint over a database, with a client that may use it."""

    def __init__(self, database: Database, checker: SecretChecker, new: NewClient) -> None:
        self.database = database
        self.clock = Clock()
        self.watch = AccountWatch(database, ENCRYPTION_KEY, LIFETIME, monotonic=self.clock)
        self._auth = (new.client.client_id, new.secret)
        self._state = {
            "database": database,
            "secret_checker": checker,
            "failed_attempts": FailedAttempts(),
            "account_watch": self.watch,
            "token_rules": TokenRules("https://aurora.test", LIFETIME),
        }
        self._app = Starlette(
            routes=oauth.routes,
            exception_handlers={OAuthError: answer_oauth_error, AccountsUnread: answer_accounts_unread},
        )

    async def post(self) -> httpx.Response:
        """Ask for a token with the right secret."""
        form = {"grant_type": "client_credentials"}
        async with self._client() as client:
            return await client.post(oauth.TOKEN_PATH, data=form, auth=self._auth)

    async def keys(self) -> httpx.Response:
        """Ask for the published keys."""
        async with self._client() as client:
            return await client.get(oauth.JWKS_PATH)

    async def lose_the_database(self) -> None:
        """From now on every question to it fails."""
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self._with_state), base_url="http://api")

    async def _with_state(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": {**self._state}}, receive, send)


@pytest.fixture
async def endpoint(database: Database) -> AsyncIterator[Endpoint]:
    tenant = await create_tenant(database, "A shop", Region.US_EAST_1, Tier.STANDARD)
    new = await create_client(database, tenant.tenant_id, ["alerts:read"])
    with SecretChecker() as checker:
        endpoint = Endpoint(database, checker, new)
        await endpoint.watch.refresh(older_than=0)
        yield endpoint


def assert_try_again(answer: httpx.Response) -> None:
    """The answer is an OAuth error that says when to ask again."""
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"


async def test_without_a_signing_key_there_is_no_token(endpoint: Endpoint) -> None:
    assert_try_again(await endpoint.post())


async def test_a_key_that_another_process_made_is_read_when_it_is_due(endpoint: Endpoint) -> None:
    await ensure_key(endpoint.database, ENCRYPTION_KEY, utc_now())
    endpoint.clock.now += REFRESH_SECONDS + 1
    assert (await endpoint.post()).status_code == 200


async def test_without_the_database_there_is_no_token(endpoint: Endpoint) -> None:
    await ensure_key(endpoint.database, ENCRYPTION_KEY, utc_now())
    await endpoint.lose_the_database()
    assert_try_again(await endpoint.post())


async def test_too_many_at_once_are_turned_away(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    await ensure_key(endpoint.database, ENCRYPTION_KEY, utc_now())
    endpoint.clock.now += REFRESH_SECONDS + 1
    monkeypatch.setattr(client_secrets, "LONGEST_QUEUE", 2)
    answers = await asyncio.gather(*(endpoint.post() for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503]
    for answer in answers:
        if answer.status_code == 503:
            assert_try_again(answer)


async def test_keys_that_were_read_too_long_ago_are_not_published(endpoint: Endpoint) -> None:
    assert (await endpoint.keys()).status_code == 200
    endpoint.clock.now += STALE_SECONDS
    answer = await endpoint.keys()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/v1/problems/unavailable"
