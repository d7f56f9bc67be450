"""A TaskManager killed under load comes back by itself, and every event counts exactly once."""

import random
import time
from collections import Counter
from datetime import timedelta

import psutil
import pytest
from service.jobs.tenant_log import TenantLog, eventually

from ops.stack import Stack

pytestmark = pytest.mark.service

SKUS = [f"S{number}" for number in range(40)]
OPENING_STOCK = 1_000
# recovery waits for missed heartbeats, a restarted JVM and a checkpoint
RECOVERY = timedelta(seconds=120)


@pytest.mark.timeout(400)
def test_a_killed_task_manager_loses_and_doubles_nothing(risk_job: Stack, tenant: TenantLog) -> None:
    chance = random.Random(7)
    stock = Counter({sku: OPENING_STOCK for sku in SKUS})
    tenant.send(tenant.event("stock.counted", sku, OPENING_STOCK) for sku in SKUS)
    eventually(lambda: set(SKUS) <= tenant.predictions().keys())

    def sell(batches: int) -> None:
        for _ in range(batches):
            sold = [(chance.choice(SKUS), chance.randint(1, 3)) for _ in range(50)]
            tenant.send(tenant.event("order.created", sku, qty) for sku, qty in sold)
            for sku, qty in sold:
                stock[sku] -= qty
            time.sleep(0.05)

    sell(batches=60)
    killed = psutil.Process(risk_job.status()["flink-taskmanager-1"].process.pid)
    killed.kill()
    sell(batches=60)
    # stock below 0 would hide nothing: it is exact on either side
    eventually(lambda: {sku: each["stock"] for sku, each in tenant.predictions().items()} == stock, RECOVERY)
    assert risk_job.status()["flink-taskmanager-1"].process.pid != killed.pid
    # an alert is seen once its transaction is committed, which a checkpoint does
    at_risk = {sku for sku, each in tenant.predictions().items() if each["alert_since"] is not None}
    eventually(lambda: at_risk <= {alert["sku"] for alert in tenant.alerts()}, RECOVERY)
    raised = Counter(alert["sku"] for alert in tenant.alerts() if alert["change"] == "raised")
    assert at_risk <= raised.keys()
    assert set(raised.values()) <= {1}
