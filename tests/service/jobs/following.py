"""How soon the job's predictions follow a change, by the times at which they were written to Kafka.

A test that polls would take its own reading for the job's delay, the more so on a busy machine.
"""

import time
from collections.abc import Set
from datetime import timedelta

from service.jobs.tenant_log import TenantLog, eventually


def now_ms() -> int:
    """The time as the job's records have it."""
    return time.time_ns() // 1_000_000


def in_force(tenant: TenantLog) -> set[str]:
    """SKUs with an alert in force, as their newest predictions say."""
    return {sku for sku, each in tenant.predictions().items() if each["alert_since"] is not None}


def delay_until_in_force(tenant: TenantLog, skus: Set[str], since_ms: int) -> timedelta:
    """How long after that time just these SKUs had an alert in force. Waits until they have; fails where that is never."""
    eventually(lambda: in_force(tenant) == skus)
    shown: set[str] = set()
    reached_ms: int | None = None
    for written_ms, prediction in tenant.predictions_with_times():
        if shown == skus and written_ms > since_ms:
            break
        if prediction["alert_since"] is None:
            shown.discard(prediction["sku"])
        else:
            shown.add(prediction["sku"])
        reached_ms = written_ms
    assert reached_ms is not None and shown == skus
    return timedelta(milliseconds=max(reached_ms - since_ms, 0))
