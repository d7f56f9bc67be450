"""A list of suppressed SKUs in the running job: no alert of them, and predictions as ever."""

import time
from collections import defaultdict
from datetime import timedelta

import pytest
from confluent_kafka import Producer
from service.jobs.tenant_log import Record, TenantLog, eventually, read_all

from ops.stack import Stack
from schemas import topics
from schemas.encoding import encoder
from schemas.suppression_buckets import NEVER_S, bucket_of, entry_hash, key_of, pack

pytestmark = pytest.mark.service

HOUR_MS = 3_600_000
SOON = timedelta(seconds=5)
# a refresh comes every 15 s, each SKU at its own time: by chance not all of so many would be looked at within 5 s
SKUS = [f"S{number}" for number in range(25)]


class Suppressions:
    """A tenant's list as the stream is told of it: all of it, each time."""

    def __init__(self, tenant: TenantLog, kafka: str) -> None:
        self._tenant_id = str(tenant.tenant_id)
        self._producer = Producer({"bootstrap.servers": kafka})
        self._encode = encoder(topics.SUPPRESSIONS.schema)
        self._told: set[int] = set()

    def are(self, *entries: tuple[str, str, int]) -> None:
        """SKU, warehouse and second of expiry of each."""
        buckets: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
        for sku, warehouse, expiry_s in entries:
            hashed = entry_hash(sku, warehouse)
            buckets[bucket_of(hashed)].append((hashed, expiry_s))
        for bucket in self._told | buckets.keys():
            self._tell(bucket, buckets.get(bucket))
        self._told = {*buckets}
        assert self._producer.flush(30) == 0

    def _tell(self, bucket: int, entries: list[tuple[bytes, int]] | None) -> None:
        value = None
        if entries is not None:
            hashes, expiries = pack(entries)
            value = self._encode(
                {
                    "tenant_id": self._tenant_id,
                    "bucket": bucket,
                    "hashes": hashes,
                    "expiries": expiries,
                    "updated_at": time.time_ns() // 1_000_000,
                }
            )
        self._producer.produce(topics.SUPPRESSIONS.name, key=key_of(self._tenant_id, bucket), value=value)


@pytest.fixture
def suppressions(tenant: TenantLog, risk_job: Stack) -> Suppressions:
    return Suppressions(tenant, risk_job.settings.kafka_bootstrap)


def almost_out(tenant: TenantLog, sku: str) -> list[Record]:
    """A count two days ago, and one sale in each hour since, so that three units are left now."""
    start_ms = time.time_ns() // 1_000_000 - 48 * HOUR_MS
    sales = [tenant.event("order.created", sku, 1, start_ms + hour * HOUR_MS + 1) for hour in range(48)]
    return [tenant.event("stock.counted", sku, 51, start_ms), *sales]


def in_force(tenant: TenantLog) -> set[str]:
    """SKUs with an alert in force, as their newest predictions say."""
    return {sku for sku, each in tenant.predictions().items() if each["alert_since"] is not None}


def test_quiet_skus_follow_the_list_at_once(tenant: TenantLog, suppressions: Suppressions) -> None:
    tenant.send([event for sku in SKUS for event in almost_out(tenant, sku)])
    eventually(lambda: in_force(tenant) == set(SKUS))
    suppressions.are(*((sku, "", NEVER_S) for sku in SKUS[1:]), ("S0", "W2", NEVER_S))
    eventually(lambda: in_force(tenant) == {"S0"}, within=SOON)
    assert all(each["probability"] > 0.7 for each in tenant.predictions().values())
    suppressions.are(("S0", "W1", NEVER_S))
    eventually(lambda: in_force(tenant) == set(SKUS[1:]), within=SOON)
    # the same alert goes on: each change is told once
    eventually(
        lambda: [each["change"] for each in tenant.alerts() if each["sku"] == "S1"]
        == ["raised", "resolved", "updated"]
    )
    assert [each["change"] for each in tenant.alerts() if each["sku"] == "S0"] == ["raised", "resolved"]
    assert {each["threshold"] for each in tenant.alerts()} == {0.7}


def test_a_sku_that_is_on_the_list_from_the_start_raises_nothing_until_it_expires(
    tenant: TenantLog, suppressions: Suppressions
) -> None:
    now_s = int(time.time())
    suppressions.are(("GONE", "", NEVER_S), ("SOON", "", now_s + 20))
    tenant.send([*almost_out(tenant, "GONE"), *almost_out(tenant, "SOON")])
    eventually(lambda: tenant.predictions().keys() == {"GONE", "SOON"})
    assert in_force(tenant) == set()
    eventually(lambda: in_force(tenant) == {"SOON"})
    assert time.time() >= now_s + 20
    eventually(lambda: {each["sku"] for each in tenant.alerts()} == {"SOON"})


def test_a_bucket_that_cannot_be_read_is_set_aside(tenant: TenantLog, risk_job: Stack) -> None:
    kafka = risk_job.settings.kafka_bootstrap
    key = key_of(str(tenant.tenant_id), 7)
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce(topics.SUPPRESSIONS.name, key=key, value=b"nonsense of " + key)
    assert producer.flush(30) == 0

    def letters() -> list[Record]:
        dead = read_all(kafka, topics.DEAD_LETTERS)
        return [letter for letter in dead if letter["value"] == b"nonsense of " + key]

    eventually(lambda: len(letters()) == 1)
    assert (letters()[0]["topic"], letters()[0]["reason"]) == (topics.SUPPRESSIONS.name, "malformed")
