"""The calls of docs/suppressions.md and docs/digest.md, run as they are written."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from prediction_records import prediction
from service.api.running import Running
from service.delivery.digest.post_office import PostOffice
from service.features.documented import run_page
from service.features.filled_store import FilledStore

from api.audit.actor import Actor
from api.database import Database
from api.digests.link_tokens import Purpose
from api.digests.recipient_store import RecipientStore
from feature_writer.settings import Settings as WriterSettings
from ops import feature_registry
from ops.stack import Stack

pytestmark = pytest.mark.service

ACTOR = Actor("client", "client_test", None)


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
