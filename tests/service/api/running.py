"""A running API, and what tests do with it."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID, uuid4

import httpx
import uvicorn
import uvloop

from api.access.clients import SCOPES, Client, create_client, list_clients
from api.access.tenants import Region, Tier, create_tenant
from api.database import Database
from api.server import server
from api.settings import Settings
from ops import topics as kafka_topics
from ops.preparation import prepare_files
from ops.settings import StackSettings
from ops.tenant_life import api_settings
from schemas import topics

Answer = TypeVar("Answer")

# Feast alone takes seconds to load, and the machine may be busy
START_SECONDS = 60.0
END_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant with a client that may do everything."""

    tenant_id: UUID
    client_id: str
    secret: str


class Running:
    """A running API, and what a test does with it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://127.0.0.1:{settings.port}"
        self.http = httpx.Client(base_url=self.url, timeout=10)

    def tenant(self, *scopes: str) -> Account:
        """A new tenant and its client, with all scopes unless some are named."""
        return self.on_database(lambda database: _account(database, scopes or tuple(SCOPES)))

    def token(self, tenant: Account, **parameters: str) -> str:
        """An access token of the tenant's client."""
        answer = self.ask_for_token((tenant.client_id, tenant.secret), **parameters)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def ask_for_token(self, auth: tuple[str, str] | None, **parameters: str) -> httpx.Response:
        """The token endpoint's answer to a form."""
        form = {"grant_type": "client_credentials", **parameters}
        return self.http.post("/v1/oauth/token", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)

    def clients(self, account: Account) -> Sequence[Client]:
        """The account's clients as the database has them."""
        return self.on_database(lambda database: list_clients(database, account.tenant_id))

    def on_database(self, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
        """What ``work`` gives on the database beneath, from another process's point of view."""

        async def run() -> Answer:
            database = Database(self.settings.database_url)
            try:
                return await work(database)
            finally:
                await database.close()

        # on a thread of its own: what drives a browser keeps a loop in this one
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(run())).result()


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """The API, served by uvicorn from a thread of this process until the block ends."""
    uvicorn_server = server(settings)
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    thread = threading.Thread(target=lambda: runner.run(uvicorn_server.serve()))
    thread.start()
    api = Running(settings)
    try:
        _wait_until_started(uvicorn_server, thread)
        yield api
    finally:
        api.http.close()
        uvicorn_server.should_exit = True
        thread.join(END_SECONDS)
        runner.close()
    assert not thread.is_alive()


@contextmanager
def running_on(stack: StackSettings) -> Iterator[Running]:
    """The API on the port and accounts of a stack, whose Kafka and Redis run: the operator's command finds them too."""
    prepare_files(stack)
    kafka_topics.ensure(stack.kafka_bootstrap, topics.SHARED)
    with running(api_settings(stack)) as api:
        yield api


def _wait_until_started(uvicorn_server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not uvicorn_server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the API did not start"
        time.sleep(0.05)


async def _account(database: Database, scopes: Collection[str]) -> Account:
    tenant = await create_tenant(database, f"tenant {uuid4()}", Region.EU_CENTRAL_1, Tier.STANDARD)
    new = await create_client(database, tenant.tenant_id, scopes)
    return Account(tenant.tenant_id, new.client.client_id, new.secret)
