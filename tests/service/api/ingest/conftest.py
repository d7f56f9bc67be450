"""A gateway over the session's Kafka."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from service.api.ingest.gateway_app import Client, running, settings_for
from service.api.ingest.tenant_topic import TenantTopic

from ops.topics import ensure
from schemas.topics import SHARED


@pytest.fixture(scope="session")
def shared_topics(kafka: str) -> str:
    """Bootstrap address of a Kafka that has the shared topics."""
    ensure(kafka, SHARED)
    return kafka


@pytest.fixture
def tenant(shared_topics: str) -> TenantTopic:
    return TenantTopic(shared_topics)


@pytest.fixture
def instance() -> str:
    """A name for the gateway's process that no other test has."""
    return f"test-{uuid4()}"


@pytest.fixture
async def client(shared_topics: str, instance: str) -> AsyncIterator[Client]:
    """A running gateway."""
    async with running(settings_for(shared_topics, instance)) as client:
        yield client
