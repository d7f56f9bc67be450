"""A Kafka and a Redis of these tests' own, since they are emptied, killed and restored here."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis
from service.api.running import Running, running_on
from service.features.filled_store import FilledStore
from service.features.prediction_log import PredictionLog
from service.features.writer_process import WriterProcess

from api.database import Database
from api.every_table import Base
from feature_writer.settings import Settings
from ops import feature_registry
from ops import topics as kafka_topics
from ops.stack import Stack, StackSettings
from schemas import topics


@pytest.fixture(scope="session")
def feature_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka with its topics, Redis, and the feature repo applied."""
    stack = Stack(StackSettings.for_tests(tmp_path_factory.mktemp("features")))
    try:
        stack.up({"kafka", "redis"})
        kafka_topics.ensure(stack.settings.kafka_bootstrap, topics.SHARED)
        feature_registry.apply(stack.settings)
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def writer_settings(feature_stack: Stack) -> Settings:
    """The feature writer's settings on that stack."""
    settings = feature_stack.settings
    return Settings(
        kafka_bootstrap=settings.kafka_bootstrap,
        redis_url=settings.redis_url,
        feature_repo=feature_registry.REPO,
        feast_registry=str(settings.feature_registry),
        feature_history=settings.feature_history,
        model_history=settings.model_history,
    )


@pytest.fixture(scope="session")
def filled_store(writer_settings: Settings) -> Iterator[FilledStore]:
    """Another database of the same Redis, which no writer process knows."""
    settings = writer_settings.model_copy(
        update={"redis_url": writer_settings.redis_url.removesuffix("/0") + "/1"}
    )
    store = FilledStore(settings)
    yield store
    store.close()


@pytest.fixture(scope="session")
def redis_client(feature_stack: Stack) -> Iterator[Redis]:
    """A client of that Redis that gives text."""
    with Redis.from_url(feature_stack.settings.redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture(scope="module")
def api(feature_stack: Stack) -> Iterator[Running]:
    """The API on the stack's own port and accounts, where the operator's command finds them too."""
    with running_on(feature_stack.settings) as api:
        yield api


@pytest.fixture
def log(feature_stack: Stack) -> PredictionLog:
    """The predictions of a tenant of this test's own."""
    return PredictionLog(feature_stack.settings.kafka_bootstrap)


@pytest.fixture(scope="session")
def online_writer(feature_stack: Stack) -> Iterator[WriterProcess]:
    """The online writer; a test that needs it running starts it."""
    writer = WriterProcess("online", feature_stack)
    yield writer
    writer.kill()


@pytest.fixture
async def accounts(tmp_path: Path) -> AsyncIterator[Database]:
    """A database for the audit log."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'accounts.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()
