"""What the running job says is what the pure functions say, and it says so soon, also when nothing happens."""

import time
from datetime import timedelta

import pytest
from confluent_kafka import Producer
from service.jobs.tenant_log import REFRESH, Record, TenantLog, eventually, read_all

from ops.stack import Stack
from schemas import topics
from schemas.encoding import encoder
from udfs import sku_risk
from udfs.alert_rules import DEFAULT
from udfs.combined import EventKind, StockEvent, combine
from udfs.risk_parameters import RiskParameters
from udfs.sku_state import SkuState

pytestmark = pytest.mark.service

HOUR_MS = 3_600_000


def one_an_hour(tenant: TenantLog, sku: str, left: int, hours: int = 48) -> list[Record]:
    """A count two days ago, and one sale in each hour since, so that ``left`` units are left now."""
    start_ms = time.time_ns() // 1_000_000 - hours * HOUR_MS
    sales = [
        tenant.event("order.created", sku, 1, start_ms + (hour + 1) * HOUR_MS - 60_000)
        for hour in range(hours)
    ]
    return [tenant.event("stock.counted", sku, left + hours, start_ms), *sales]


def test_the_job_says_what_the_pure_functions_say(tenant: TenantLog) -> None:
    events = one_an_hour(tenant, "S", left=3)
    tenant.send(events)
    eventually(lambda: tenant.predictions().get("S", {}).get("stock") == 3)
    said = tenant.predictions()["S"]

    state = SkuState()
    log = [
        StockEvent(EventKind(event["event_type"]), event["qty"], event["occurred_at"], event["received_at"])
        for event in events
    ]
    sku_risk.fold(state, combine(log), RiskParameters())
    updated_ms = round(said["updated_at"].timestamp() * 1000)
    expected = sku_risk.assess(
        state, f"{tenant.tenant_id}|S|W1", updated_ms, RiskParameters(), DEFAULT
    ).prediction
    assert expected is not None
    assert said["probability"] == pytest.approx(expected["probability"], abs=1e-9)
    assert said["velocity"] == pytest.approx(expected["velocity"], rel=1e-9)
    assert said["predicted_oos_at"].timestamp() * 1000 == pytest.approx(
        expected["predicted_oos_at"], abs=60_000
    )
    assert said["model_version"] == expected["model_version"]


def test_an_order_changes_the_answer_within_ten_seconds(tenant: TenantLog) -> None:
    tenant.send(one_an_hour(tenant, "S", left=3))
    eventually(lambda: tenant.predictions().get("S", {}).get("stock") == 3)
    before = tenant.predictions()["S"]
    tenant.send([tenant.event("order.created", "S", 1)])
    eventually(lambda: tenant.predictions()["S"]["stock"] == 2, within=timedelta(seconds=10))
    after = tenant.predictions()["S"]
    assert after["probability"] >= before["probability"] > DEFAULT.threshold
    assert after["predicted_oos_at"] < before["predicted_oos_at"]


def test_late_and_unordered_events_count(tenant: TenantLog) -> None:
    now_ms = time.time_ns() // 1_000_000
    tenant.send([tenant.event("order.created", "S", 2, now_ms - HOUR_MS)])
    tenant.send([tenant.event("stock.counted", "S", 50, now_ms - 2 * HOUR_MS)])
    tenant.send([tenant.event("order.created", "S", 7, now_ms - 3 * HOUR_MS)])
    tenant.send([tenant.event("stock.received", "S", 10, now_ms - HOUR_MS)])
    # the sale before the count is in the count; the rest comes on top
    eventually(lambda: tenant.predictions().get("S", {}).get("stock") == 58)


def test_a_quiet_sku_is_looked_at_again(tenant: TenantLog) -> None:
    tenant.send(one_an_hour(tenant, "S", left=10))
    eventually(lambda: tenant.predictions().get("S", {}).get("stock") == 10)
    first = tenant.predictions()["S"]["updated_at"]
    eventually(lambda: tenant.predictions()["S"]["updated_at"] > first, within=2 * REFRESH)
    assert tenant.predictions()["S"]["received_at"] is None


def test_an_alert_is_raised_and_resolved_once_each(tenant: TenantLog) -> None:
    tenant.send(one_an_hour(tenant, "S", left=3))
    eventually(lambda: [alert["change"] for alert in tenant.alerts()] == ["raised"])
    assert tenant.predictions()["S"]["alert_since"] == tenant.alerts()[0]["raised_at"]
    tenant.send([tenant.event("stock.received", "S", 500)])
    eventually(lambda: [alert["change"] for alert in tenant.alerts()] == ["raised", "resolved"])
    assert len({alert["alert_id"] for alert in tenant.alerts()}) == 1
    assert tenant.predictions()["S"]["alert_since"] is None


def test_a_threshold_reaches_the_running_job(tenant: TenantLog, risk_job: Stack) -> None:
    setting = {
        "tenant_id": str(tenant.tenant_id),
        "sku": "CAREFUL",
        "threshold": 0.0001,
        "updated_at": time.time_ns() // 1_000_000,
    }
    producer = Producer({"bootstrap.servers": risk_job.settings.kafka_bootstrap})
    value = encoder(topics.SETTINGS.schema)(setting)
    producer.produce(topics.SETTINGS.name, key=f"{tenant.tenant_id}|CAREFUL|", value=value)
    assert producer.flush(30) == 0
    for sku in ("CAREFUL", "OTHER"):
        tenant.send(one_an_hour(tenant, sku, left=36))
    eventually(lambda: {"CAREFUL", "OTHER"} <= tenant.predictions().keys())
    # a setting may overtake or follow the events; the refresh brings them together
    eventually(lambda: [alert["sku"] for alert in tenant.alerts()] == ["CAREFUL"])
    assert tenant.alerts()[0]["threshold"] == 0.0001


def test_unreadable_settings_are_set_aside(tenant: TenantLog, risk_job: Stack) -> None:
    producer = Producer({"bootstrap.servers": risk_job.settings.kafka_bootstrap})
    key = f"{tenant.tenant_id}||"
    producer.produce(topics.SETTINGS.name, key=key, value=b"nonsense of " + key.encode())
    assert producer.flush(30) == 0

    def letters() -> list[Record]:
        dead = read_all(risk_job.settings.kafka_bootstrap, topics.DEAD_LETTERS)
        return [letter for letter in dead if letter["value"] == b"nonsense of " + key.encode()]

    eventually(lambda: len(letters()) == 1)
    assert (letters()[0]["topic"], letters()[0]["reason"]) == (topics.SETTINGS.name, "malformed")
