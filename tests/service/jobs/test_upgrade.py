"""Up to the release that writes a newer state, and back to the one that cannot read it: nothing is lost or told twice."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from savepoints import stopped_with_savepoint
from service.jobs.tenant_log import LOOK_FOR, TenantLog, eventually

from ops import topics as kafka_topics
from ops.flink_rest import FlinkRest
from ops.job_submission import STOCK_RISK, submission
from ops.parts import flink
from ops.parts.job import JOB
from ops.stack import Stack, StackSettings
from schemas import topics

pytestmark = pytest.mark.service

OLDER = Path(__file__).with_name("older_release.py")
REFRESH = timedelta(seconds=5)
"""How soon the job of this test looks at a quiet SKU again, and so writes its state anew."""
SKUS = [f"S{number}" for number in range(20)]
OPENING_STOCK = 1_000


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Stack]:
    """Kafka and Flink without any job."""
    stack = Stack(StackSettings.for_tests(tmp_path))
    try:
        stack.up({"kafka", "flink-taskmanager-1"})
        kafka_topics.ensure(stack.settings.kafka_bootstrap, topics.SHARED)
        yield stack
    finally:
        stack.down()


class Shop:
    """A tenant that sells, and knows what must be known of it."""

    def __init__(self, kafka: str) -> None:
        self.tenant = TenantLog(kafka)
        self.stock: Counter[str] = Counter()
        self.rounds = 0

    def sell(self) -> None:
        """Count all, at the first time; then sell one of each, and let another SKU run out. Returns once it is predicted."""
        tenant, stock = self.tenant, self.stock
        if not stock:
            tenant.send(tenant.event("stock.counted", sku, OPENING_STOCK) for sku in SKUS)
            stock.update(dict.fromkeys(SKUS, OPENING_STOCK))
        tenant.send(tenant.event("order.created", sku, 1) for sku in SKUS)
        stock.subtract(SKUS)
        self.rounds += 1
        out = f"OUT{self.rounds}"
        tenant.send([tenant.event("stock.counted", out, 0)])
        stock[out] = 0
        eventually(lambda: self.predicted() == stock)

    def predicted(self) -> dict[str, int]:
        return {sku: each["stock"] for sku, each in self.tenant.predictions().items()}

    def told(self) -> Counter[tuple[str, str]]:
        return Counter((alert["sku"], alert["change"]) for alert in self.tenant.alerts())


@pytest.mark.timeout(400)
def test_up_a_release_and_back_with_every_state(cluster: Stack) -> None:
    shop = Shop(cluster.settings.kafka_bootstrap)
    submit(cluster, OLDER, state_version=1)
    shop.sell()
    submit(cluster, STOCK_RISK, restore=stopped(cluster))
    shop.sell()
    # the way back: this release writes what the older one reads, until it has looked at each SKU
    submit(cluster, STOCK_RISK, state_version=1, restore=stopped(cluster))
    shop.sell()
    time.sleep(1.5 * REFRESH.total_seconds())
    submit(cluster, OLDER, state_version=1, restore=stopped(cluster))
    shop.sell()
    every_alert_once = {(f"OUT{number}", "raised"): 1 for number in range(1, shop.rounds + 1)}
    eventually(lambda: shop.told() == every_alert_once)
    assert failures(cluster) == []


def submit(
    cluster: Stack, program: Path, state_version: int | None = None, restore: Path | None = None
) -> None:
    """Returns once the job runs."""
    settings = cluster.settings.model_copy(update={"state_version": state_version})
    subprocess.run(
        [
            *submission(settings, restore, program),
            *("--window", "1"),
            *("--refresh", str(REFRESH.total_seconds())),
        ],
        env=flink.environment(settings, "tests") | {"HOME": str(settings.folder)},
        check=True,
    )
    rest = FlinkRest(settings.flink_url)
    eventually(lambda: any(job.name == JOB and job.well for job in rest.jobs()))


def stopped(cluster: Stack) -> Path:
    """The savepoint of the job that ran."""
    savepoint = stopped_with_savepoint(cluster.settings.flink_url, JOB, LOOK_FOR.total_seconds())
    assert savepoint is not None
    return savepoint


def failures(cluster: Stack) -> list[str]:
    """Stack traces of all that made a job fail."""
    with httpx.Client(base_url=cluster.settings.flink_url) as client:
        found = [
            client.get(f"/v1/jobs/{job.id}/exceptions").json()["exceptionHistory"]["entries"]
            for job in FlinkRest(cluster.settings.flink_url).jobs()
        ]
    return [each["stacktrace"] for entries in found for each in entries]
