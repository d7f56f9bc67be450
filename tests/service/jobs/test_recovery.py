"""A TaskManager killed under load comes back by itself, and every event, alert and label counts exactly once."""

import random
import time
from collections import Counter
from datetime import timedelta

import psutil
import pytest
from service.jobs.tenant_log import REFRESH, Record, TenantLog, eventually, models_of, tenant_due_in

from jobs.learner_function import settled_grid
from ops.stack import Stack
from udfs import sku_risk
from udfs.combined import EventKind, StockEvent, combine
from udfs.grid import GRID_MINUTES
from udfs.operational_time import HOUR_MS
from udfs.risk_parameters import RiskParameters
from udfs.sku_state import SkuState
from udfs.snapshots import HORIZON_STEPS

pytestmark = pytest.mark.service

SKUS = [f"S{number}" for number in range(40)]
OPENING_STOCK = 1_000
BATCHES = 60
"""Before the kill, and as many after it."""
RUN_OUT = 42
"""SKUs that run out with each batch: some 5,000 alerts in all."""
# recovery waits for missed heartbeats, a restarted JVM and a checkpoint
RECOVERY = timedelta(seconds=120)


@pytest.mark.timeout(400)
def test_a_killed_task_manager_loses_and_doubles_nothing(risk_job: Stack) -> None:
    kafka = risk_job.settings.kafka_bootstrap
    # labels wait in the learner when the TaskManager is killed, and are due while it is away
    tenant = tenant_due_in(kafka, timedelta(seconds=20))
    chance = random.Random(7)
    stock = Counter({sku: OPENING_STOCK for sku in SKUS})
    tenant.send(tenant.event("stock.counted", sku, OPENING_STOCK) for sku in SKUS)
    history = sold_every_three_hours(tenant, "OLD")
    tenant.send(history)
    stock["OLD"] = OPENING_STOCK - len(history) + 1
    eventually(lambda: set(SKUS) <= tenant.predictions().keys())

    def sell(batches: range) -> None:
        for batch in batches:
            sold = [(chance.choice(SKUS), chance.randint(1, 3)) for _ in range(50)]
            tenant.send(tenant.event("order.created", sku, qty) for sku, qty in sold)
            for sku, qty in sold:
                stock[sku] -= qty
            out = [f"OUT{batch}-{number}" for number in range(RUN_OUT)]
            tenant.send(tenant.event("stock.counted", sku, 0) for sku in out)
            stock.update(dict.fromkeys(out, 0))
            time.sleep(0.05)

    sell(range(BATCHES))
    killed = psutil.Process(risk_job.status()["flink-taskmanager-1"].process.pid)
    killed.kill()
    sell(range(BATCHES, 2 * BATCHES))
    # stock below 0 would hide nothing: it is exact on either side
    eventually(lambda: {sku: each["stock"] for sku, each in tenant.predictions().items()} == stock, RECOVERY)
    assert risk_job.status()["flink-taskmanager-1"].process.pid != killed.pid
    # an alert is seen once its transaction is committed, which a checkpoint does
    at_risk = {sku for sku, each in tenant.predictions().items() if each["alert_since"] is not None}
    assert len(at_risk) >= 2 * BATCHES * RUN_OUT
    eventually(lambda: at_risk <= {alert["sku"] for alert in tenant.alerts()}, RECOVERY)
    # each change once: not one of 10,000 alerts may be told twice
    told = Counter((alert["sku"], alert["change"]) for alert in tenant.alerts())
    assert at_risk == {sku for sku, change in told if change == "raised"}
    assert set(told.values()) == {1}
    # none is lost and none counts twice, whether the learner was due before time had passed for the SKU or after it
    eventually(
        lambda: {each["labels"] for each in models_of(kafka, tenant)[-1:]} & {*labels_of(history)} != set(),
        RECOVERY,
    )


def sold_every_three_hours(tenant: TenantLog, sku: str) -> list[Record]:
    """A count five days ago, and four days of sales."""
    start_ms = time.time_ns() // 1_000_000 - 5 * 24 * HOUR_MS
    sales = [tenant.event("order.created", sku, 1, start_ms + hour * HOUR_MS) for hour in range(3, 96, 3)]
    return [tenant.event("stock.counted", sku, OPENING_STOCK, start_ms), *sales]


def labels_of(events: list[Record]) -> tuple[int, int]:
    """How many labels the events of a SKU give by themselves, and with the time since, as far as it is settled."""
    log = [
        StockEvent(EventKind(event["event_type"]), event["qty"], event["occurred_at"], event["received_at"])
        for event in events
    ]
    state, parameters = SkuState(), RiskParameters()
    by_events = len(sku_risk.fold(state, combine(log), parameters).labels)
    settled = settled_grid(time.time_ns() // 1_000_000, REFRESH // timedelta(milliseconds=1)) + HORIZON_STEPS
    passed = sku_risk.pass_time(state, settled * GRID_MINUTES + 1, parameters)
    return by_events, by_events + len(passed.labels)
