"""The delivery on each kind of database, with one receiver for all its webhooks."""

from collections.abc import Iterator

import pytest
from service.api.conftest import KINDS, SECRET, new_database
from service.delivery.webhooks.delivering import Delivering, Tenant
from service.delivery.webhooks.receiver import Receiver, listening

from api.migrate import migrate
from api.settings import Settings
from ops import topics as kafka_topics
from schemas import topics


@pytest.fixture(scope="session", params=KINDS)
def running_delivery(
    request: pytest.FixtureRequest, kafka: str, redis: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Delivering]:
    """A process over each kind of database."""
    folder = tmp_path_factory.mktemp("delivery")
    database_url = new_database(request, folder)
    migrate(database_url)
    kafka_topics.ensure(kafka, topics.SHARED)
    settings = Settings(
        kafka_bootstrap=kafka,
        redis_url=redis,
        database_url=database_url,
        encryption_key=SECRET,
        pii_key=SECRET,
        webhook_allow_loopback=True,
    )
    delivering = Delivering(settings, folder)
    delivering.start()
    yield delivering
    delivering.kill()


@pytest.fixture
def delivering(running_delivery: Delivering) -> Delivering:
    """That process, running."""
    running_delivery.start()
    return running_delivery


@pytest.fixture
def tenant(delivering: Delivering) -> Tenant:
    """A tenant of the test's own."""
    return Tenant(delivering)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """What takes webhooks, as the test tells it to."""
    with listening() as receiver:
        yield receiver
