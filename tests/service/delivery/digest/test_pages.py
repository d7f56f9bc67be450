"""The calls of docs/suppressions.md and docs/digest.md, run as they are written."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from prediction_records import prediction
from pydantic import SecretStr
from service.api.running import Running, running
from service.delivery.digest.post_office import PostOffice
from service.features.documented import run_page
from service.features.filled_store import FilledStore

from api.audit.actor import Actor
from api.database import Database
from api.digests.link_tokens import Purpose
from api.digests.recipient_store import RecipientStore
from api.settings import Settings
from feature_writer.settings import Settings as WriterSettings
from ops import feature_registry
from ops import topics as kafka_topics
from ops.environment import environment_of
from ops.preparation import prepare_files
from ops.stack import Stack
from schemas import topics

pytestmark = pytest.mark.service

ACTOR = Actor("client", "client_test", None)


@pytest.fixture(scope="module")
def own_api(stack: Stack, kafka: str, redis: str) -> Iterator[Running]:
    """The API on the stack's own port and accounts, where the operator's command finds them too."""
    prepare_files(stack.settings)
    kafka_topics.ensure(kafka, topics.SHARED)
    environment = environment_of(stack.settings)
    settings = Settings(
        port=stack.settings.api_port,
        kafka_bootstrap=kafka,
        redis_url=redis,
        flink_url=stack.settings.flink_url,
        database_url=environment["AURORA_DATABASE_URL"],
        feature_repo=Path(environment["AURORA_FEATURE_REPO"]),
        feast_registry=environment["AURORA_FEAST_REGISTRY"],
        encryption_key=SecretStr(environment["AURORA_ENCRYPTION_KEY"]),
        pii_key=SecretStr(environment["AURORA_PII_KEY"]),
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def at_risk(stack: Stack, redis: str) -> Iterator[FilledStore]:
    """The stack's own online store, emptied afterwards."""
    store = FilledStore(
        WriterSettings(
            redis_url=redis,
            feature_repo=feature_registry.REPO,
            feast_registry=str(stack.settings.feature_registry),
        )
    )
    yield store
    for key in store.redis.scan_iter("aurora:*"):
        store.redis.delete(key)
    store.close()


def test_the_page_of_suppressions_runs_as_written(own_api: Running, stack: Stack) -> None:
    account = own_api.tenant()
    printed = run_page(
        "suppressions.md", own_api.settings.port, stack.settings, {"TOKEN": own_api.token(account)}
    )
    assert '{"entries":2,"added":2,"changed":0,"removed":0}' in printed
    assert '{"entries":3,"added":1,"changed":0,"removed":0}' in printed
    assert '"expires_at":"2099-01-31T00:00:00Z"' in printed
    assert "/v1/problems/" not in printed


def test_the_page_of_the_digest_runs_as_written(
    own_api: Running,
    stack: Stack,
    at_risk: FilledStore,
    post_office: PostOffice,
) -> None:
    account = own_api.tenant()
    at_risk.put([prediction(tenant_id=str(account.tenant_id), sku="TEA-1", probability=0.97)])
    own_api.on_database(lambda database: subscribe(database, account.tenant_id))
    printed = run_page(
        "digest.md",
        own_api.settings.port,
        stack.settings,
        {"TOKEN": own_api.token(account), "TENANT": str(account.tenant_id)},
        {"2525": str(post_office.port)},
    )
    assert "/v1/problems/" not in printed
    assert "Subject: 1 SKU at risk" in printed
    assert "Sent to buyer@shop.example." in printed
    (letter,) = post_office.letters
    assert letter["To"] == "buyer@shop.example"


async def subscribe(database: Database, tenant_id: UUID) -> None:
    """Someone who said yes already."""
    recipients = RecipientStore(database)
    row, _ = await recipients.add(tenant_id, "buyer@shop.example", ACTOR)
    await recipients.answer(row.recipient_id, Purpose.CONFIRM)
