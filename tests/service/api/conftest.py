"""The API as a real server on a free port, over each kind of database."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from service.api.running import Running, running

from api.migrate import migrate
from api.settings import Settings
from ops import feature_registry
from ops import topics as kafka_topics
from ops.ports import free_ports
from ops.stack import Stack
from schemas import topics

SECRET = SecretStr(base64.b64encode(bytes(range(32))).decode())
KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database of the test's own, with nothing in it."""
    return new_database(request, tmp_path)


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """URL of a migrated database of the test's own."""
    migrate(empty_database_url)
    return empty_database_url


@pytest.fixture(scope="session", params=KINDS)
def api(
    request: pytest.FixtureRequest,
    stack: Stack,
    kafka: str,
    redis: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """A running API over each kind of database; each test makes tenants of its own in it."""
    database_url = new_database(request, tmp_path_factory.mktemp("api"))
    migrate(database_url)
    kafka_topics.ensure(kafka, topics.SHARED)
    feature_registry.apply(stack.settings)
    (port,) = free_ports(1)
    settings = Settings(
        port=port,
        instance=f"test-{request.param}",
        kafka_bootstrap=kafka,
        redis_url=redis,
        flink_url=stack.settings.flink_url,
        database_url=database_url,
        feature_repo=feature_registry.REPO,
        feast_registry=str(stack.settings.feature_registry),
        encryption_key=SECRET,
        pii_key=SECRET,
        # by this name, for a passkey belongs to a name and not to an address
        origin=f"http://localhost:{port}",
        insecure_cookies=True,
    )
    with running(settings) as api:
        yield api


def new_database(request: pytest.FixtureRequest, folder: Path) -> str:
    """URL of a new database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{folder / 'accounts.db'}"
    server: str = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    asyncio.run(_create_database(server, name))
    return server.rpartition("/")[0] + f"/{name}"


async def _create_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(server.replace("+asyncpg", ""))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
