"""A tenant that is no more: the running job forgets its SKUs, and goes on without its topic."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
from confluent_kafka import Producer
from service.jobs.tenant_log import REFRESH, TenantLog, eventually

from api import topics as kafka_topics
from api.provisioning.tenant_records import pages
from ops.flink_rest import FlinkRest
from ops.parts.job import JOB
from ops.stack import Stack
from schemas import topics
from schemas.encoding import decoder, encoder
from schemas.setting_levels import WHOLE_TENANT, key_of

pytestmark = pytest.mark.service

RECOVERY = timedelta(seconds=120)


def put(kafka: str, topic: topics.Topic, key: str, record: dict[str, Any] | None) -> None:
    """Write a record, or take the key back."""
    # as Java's producers do, so that it follows the key's records in their partition
    producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2_random"})
    producer.produce(topic.name, None if record is None else encoder(topic.schema)(record), key.encode())
    assert producer.flush(10) == 0


def close(kafka: str, tenant: TenantLog) -> None:
    now = datetime.now(UTC)
    record = {"tenant_id": str(tenant.tenant_id), "threshold": 0.7, "updated_at": now, "closed_at": now}
    put(kafka, topics.SETTINGS, key_of(str(tenant.tenant_id), WHOLE_TENANT), record)


def test_a_closed_tenant_is_forgotten_within_seconds(risk_job: Stack, tenant: TenantLog) -> None:
    kafka, closed = risk_job.settings.kafka_bootstrap, f"{tenant.tenant_id}|S|W1"
    tenant.send([tenant.event("stock.counted", "S", 9)])
    eventually(lambda: "S" in tenant.predictions())
    close(kafka, tenant)
    time.sleep(3)
    put(kafka, topics.PREDICTIONS, closed, None)
    # what comes now is of no tenant; and the next look at quiet SKUs finds none
    tenant.send([tenant.event("order.created", "S", 1), tenant.event("stock.counted", "NEW", 5)])
    time.sleep(REFRESH.total_seconds() + 3)
    assert newest(kafka, tenant) == {}

    # let in again it is as new: nobody counted it, so nothing can be foretold of it
    put(kafka, topics.SETTINGS, key_of(str(tenant.tenant_id), WHOLE_TENANT), None)
    time.sleep(3)
    tenant.send([tenant.event("order.created", "S", 1), tenant.event("stock.counted", "AFTER", 5)])
    eventually(lambda: "AFTER" in newest(kafka, tenant))
    assert newest(kafka, tenant) == {"AFTER": 5}


def newest(kafka: str, tenant: TenantLog) -> dict[str, int]:
    """The stock of each SKU of which a prediction is in force."""
    found: dict[str, int] = {}
    for page in pages(kafka, topics.PREDICTIONS, tenant.tenant_id):
        for message in page:
            sku = (message.key() or b"").decode().split("|")[1]
            found.pop(sku, None)
            if message.value() is not None:
                found[sku] = decoder(topics.PREDICTIONS.schema)(message.value())["stock"]
    return found


@pytest.mark.timeout(400)
def test_the_job_goes_on_and_recovers_without_a_topic_that_it_read(
    risk_job: Stack, tenant: TenantLog
) -> None:
    kafka, cluster = risk_job.settings.kafka_bootstrap, FlinkRest(risk_job.settings.flink_url)
    other = TenantLog(kafka)
    for each in (tenant, other):
        each.send([each.event("stock.counted", "S", 9)])
        eventually(lambda: "S" in each.predictions())
    close(kafka, tenant)
    assert kafka_topics.remove(kafka, tenant.topic.name)
    other.send([other.event("order.created", "S", 1)])
    eventually(lambda: other.predictions()["S"]["stock"] == 8)

    # a checkpoint from before the removal, or from after it, names the topic
    killed = psutil.Process(risk_job.status()["flink-taskmanager-1"].process.pid)
    killed.kill()
    other.send([other.event("order.created", "S", 1)])
    eventually(lambda: other.predictions()["S"]["stock"] == 7, RECOVERY)
    assert any(job.name == JOB and job.well for job in cluster.jobs())
    new = TenantLog(kafka)
    new.send([new.event("stock.counted", "S", 5)])
    eventually(lambda: "S" in new.predictions())
