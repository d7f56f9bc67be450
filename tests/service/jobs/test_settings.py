"""A changed setting reaches SKUs of which nothing is heard, within seconds, in the running job."""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Producer
from service.jobs.following import delay_until_in_force, in_force, now_ms
from service.jobs.tenant_log import Record, TenantLog, eventually

from ops.stack import Stack
from schemas import topics
from schemas.encoding import encoder
from schemas.setting_levels import WHOLE_TENANT, Level, key_of

pytestmark = pytest.mark.service

HOUR_MS = 3_600_000
SOON = timedelta(seconds=5)
# a refresh comes every 15 s, each SKU at its own time: by chance not all of so many would be looked at within 5 s
LOW = 0.02
SKUS = [f"S{number}" for number in range(25)]


class Settings:
    """A tenant's settings as the stream is told them."""

    def __init__(self, tenant: TenantLog, kafka: str) -> None:
        self._tenant_id = str(tenant.tenant_id)
        self._producer = Producer({"bootstrap.servers": kafka})
        self._encode = encoder(topics.SETTINGS.schema)
        self.said_ms = 0
        """When Kafka had what was said last."""

    def say(self, level: Level, **fields: Any) -> None:
        """Let a level set this; Kafka has it when this returns."""
        record = {
            "tenant_id": self._tenant_id,
            "sku": level.sku or None,
            "warehouse": level.warehouse or None,
            "category": level.category or None,
            "threshold": 0.7,
            "threshold_is_set": "threshold" in fields,
            "updated_at": time.time_ns() // 1_000_000,
            **fields,
        }
        self._send(level, self._encode(record))

    def take_back(self, level: Level) -> None:
        self._send(level, None)

    def _send(self, level: Level, value: bytes | None) -> None:
        self._producer.produce(topics.SETTINGS.name, key=key_of(self._tenant_id, level), value=value)
        assert self._producer.flush(30) == 0
        self.said_ms = now_ms()


@pytest.fixture
def settings(tenant: TenantLog, risk_job: Stack) -> Settings:
    return Settings(tenant, risk_job.settings.kafka_bootstrap)


def sold_daily(tenant: TenantLog, skus: Iterable[str], left: int) -> list[Record]:
    """A count two days ago, and one sale an hour since, so that ``left`` units are left now."""
    start_ms = time.time_ns() // 1_000_000 - 48 * HOUR_MS
    events = []
    for sku in skus:
        events.append(tenant.event("stock.counted", sku, left + 48, start_ms))
        events += [tenant.event("order.created", sku, 1, start_ms + hour * HOUR_MS + 1) for hour in range(48)]
    return events


@pytest.fixture
def quiet_skus(tenant: TenantLog) -> TenantLog:
    """Many SKUs at a middling risk, of which nothing is heard any more; no alert is in force."""
    tenant.send(sold_daily(tenant, SKUS, left=25))
    eventually(lambda: tenant.predictions().keys() == set(SKUS))
    chances = [each["probability"] for each in tenant.predictions().values()]
    assert LOW < min(chances) <= max(chances) < 0.65
    assert in_force(tenant) == set()
    return tenant


def test_a_tenants_threshold_reaches_quiet_skus(quiet_skus: TenantLog, settings: Settings) -> None:
    def delay(skus: set[str]) -> timedelta:
        return delay_until_in_force(quiet_skus, skus, settings.said_ms)

    settings.say(WHOLE_TENANT, threshold=LOW)
    assert delay(set(SKUS)) < SOON
    settings.say(Level("S7"), threshold=0.95)
    assert delay(set(SKUS) - {"S7"}) < SOON
    settings.say(Level("S7", "W1"), threshold=0.01)
    assert delay(set(SKUS)) < SOON
    for level in (Level("S7", "W1"), WHOLE_TENANT):
        settings.take_back(level)
    assert delay(set()) < SOON


def test_a_category_reaches_its_skus(quiet_skus: TenantLog, settings: Settings) -> None:
    fruit = set(SKUS[:10])
    settings.say(Level(category="fruit"), threshold=LOW)
    for sku in fruit:
        settings.say(Level(sku), category="fruit")
    assert delay_until_in_force(quiet_skus, fruit, settings.said_ms) < SOON
    settings.take_back(Level(category="fruit"))
    assert delay_until_in_force(quiet_skus, set(), settings.said_ms) < SOON


def test_another_horizon_is_another_probability(quiet_skus: TenantLog, settings: Settings) -> None:
    settings.say(WHOLE_TENANT, horizon_hours=48)
    assert delay_until_in_force(quiet_skus, set(SKUS), settings.said_ms) < SOON
    # told once its transaction is committed
    eventually(lambda: {each["sku"] for each in quiet_skus.alerts()} == set(SKUS))
    assert {each["horizon_hours"] for each in quiet_skus.alerts()} == {48}
    day = {sku: each["probability"] for sku, each in quiet_skus.predictions().items()}
    assert all(each["probability"] > 0.7 > day[each["sku"]] for each in quiet_skus.alerts())
