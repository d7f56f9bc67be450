"""The digest on each kind of database, a filled online store, and a post office that takes its letters."""

from collections.abc import Iterator

import pytest
from service.api.conftest import KINDS, SECRET, new_database
from service.delivery.digest.post_office import PostOffice, open_post_office
from service.features.filled_store import FilledStore

from api.migrate import migrate
from delivery.settings import Settings
from feature_writer.settings import Settings as WriterSettings
from ops import feature_registry
from ops.stack import Stack


@pytest.fixture(scope="session")
def risk_store(stack: Stack, redis: str) -> Iterator[FilledStore]:
    """An online store in a database of Redis of its own."""
    feature_registry.apply(stack.settings)
    store = FilledStore(
        WriterSettings(
            redis_url=redis.removesuffix("/0") + "/3",
            feature_repo=feature_registry.REPO,
            feast_registry=str(stack.settings.feature_registry),
        )
    )
    yield store
    store.close()


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server of the test's own."""
    with open_post_office() as post_office:
        yield post_office


@pytest.fixture(scope="session", params=KINDS)
def database_of_letters(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of a migrated database of each kind."""
    url = new_database(request, tmp_path_factory.mktemp("letters"))
    migrate(url)
    return url


@pytest.fixture
def settings(database_of_letters: str, risk_store: FilledStore, post_office: PostOffice) -> Settings:
    """The delivery's settings."""
    stored = risk_store.settings
    return Settings(
        database_url=database_of_letters,
        redis_url=stored.redis_url,
        feature_repo=stored.feature_repo,
        feast_registry=stored.feast_registry,
        encryption_key=SECRET,
        issuer="https://aurora.example",
        smtp_host="127.0.0.1",
        smtp_port=post_office.port,
        smtp_security="none",
        smtp_from="Aurora <morning@aurora.example>",
    )
