"""From a command to an alert: what the README promises."""

import os
import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition
from e2e.calls import eventually, post, risks
from e2e.running_demo import Demo

from ops.flink_rest import FlinkRest
from ops.settings import PROJECT
from schemas.topics import orders

# starting everything takes its time
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def messages_of(demo: Demo) -> int:
    """How many messages the demo's tenant topic took so far."""
    consumer = Consumer({"bootstrap.servers": demo.stack.settings.kafka_bootstrap, "group.id": "count"})
    topic = orders(UUID(demo.account.tenant_id))
    try:
        ends = [
            consumer.get_watermark_offsets(TopicPartition(topic.name, partition), timeout=10)[1]
            for partition in range(topic.partitions)
        ]
    finally:
        consumer.close()
    return sum(ends)


def test_the_demo_ends_with_real_products_whose_risks_differ(demo: Demo) -> None:
    rows = re.findall(r"(product-\d+) +│ (store-\d+) +│ +(\d+) │ +([\d.]+) │ +([01]\.\d{3}) │", demo.output)
    assert len(rows) == 15
    probabilities = [float(row[4]) for row in rows]
    assert probabilities == sorted(probabilities, reverse=True)
    assert len(set(probabilities)) > 5
    urls = re.findall(r"http://127\.0\.0\.1:\S+", demo.output)
    assert len(urls) == 3
    for page in (f"{urls[0]}/status", urls[1], urls[2]):
        assert httpx.get(page).is_success, page


def test_every_part_is_well_and_the_smoke_checks_agree(demo: Demo) -> None:
    assert {name: part.health for name, part in demo.stack.status().items() if part.health} == {}
    environment = {**os.environ, **demo.stack.settings.environment}
    for script in sorted((PROJECT / "smoke").glob("*.sh")):
        done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), script
        assert done.stdout == f"{script.stem}: well\n"


def test_a_second_demo_replays_nothing_and_starts_nothing(demo: Demo) -> None:
    before, pids = messages_of(demo), {part.process.pid for part in demo.stack.status().values()}
    done = demo.aurora("demo")
    assert done.returncode == 0, done.stderr
    assert "nothing is replayed" in done.stdout
    assert messages_of(demo) == before
    assert {part.process.pid for part in demo.stack.status().values()} == pids


def test_an_order_changes_the_answer_within_ten_seconds(demo: Demo, api: httpx.Client) -> None:
    """A SKU that sells one an hour and has three left; then one more is sold."""
    tenant_id, sku, now = demo.account.tenant_id, "README-MUG", datetime.now(UTC)
    place = {"sku": sku, "warehouse": "berlin"}
    hours = 7 * 24
    start = {**place, "qty": hours + 3, "occurred_at": (now - timedelta(hours=hours)).isoformat()}
    sales = (
        {**place, "qty": 1, "occurred_at": (now - timedelta(hours=hour)).isoformat()} for hour in range(hours)
    )
    post(api, tenant_id, [("stock.counted", start), *(("order.created", sale) for sale in sales)])
    (before,) = eventually(lambda: risks(api, sku), lambda found: len(found) == 1, 30)
    assert before["warehouse"] == "berlin"
    assert before["probability"] > 0.7, "three left of what sells 24 a day"

    post(api, tenant_id, [("order.created", {**place, "qty": 1})])
    (after,) = eventually(lambda: risks(api, sku), lambda found: found != [before], 10)
    assert after["probability"] >= before["probability"]
    assert after["predicted_oos_at"] < before["predicted_oos_at"]

    post(api, tenant_id, [("stock.received", {**place, "qty": 500})])
    (filled,) = eventually(lambda: risks(api, sku), lambda found: found != [after], 10)
    assert filled["probability"] < 0.1


def test_the_job_survives_its_job_manager_and_is_never_there_twice(demo: Demo, api: httpx.Client) -> None:
    place = {"sku": "SURVIVOR", "warehouse": "berlin"}
    post(api, demo.account.tenant_id, [("stock.counted", {**place, "qty": 9})])
    (before,) = eventually(lambda: risks(api, "SURVIVOR"), lambda found: len(found) == 1, 30)
    time.sleep(6)  # a checkpoint later

    os.kill(demo.stack.status()["flink-jobmanager"].process.pid, signal.SIGKILL)
    eventually(lambda: demo.stack.status()["job"].health, lambda health: health != "", 60)
    eventually(lambda: demo.stack.status()["job"].health, lambda health: health == "", 180)
    jobs = FlinkRest(demo.stack.settings.flink_url).jobs()
    assert len([job for job in jobs if not job.ended]) == 1

    post(api, demo.account.tenant_id, [("order.created", {**place, "qty": 9})])
    (after,) = eventually(lambda: risks(api, "SURVIVOR"), lambda found: found != [before], 30)
    assert after["probability"] == 1.0, "nine were counted before the kill and nine were sold after it"
