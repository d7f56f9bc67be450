"""Kafka that is out of reach for seconds, and back: librdkafka, not Python, once ended the whole process then."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from recovery.link import Link

from ops.ports import free_ports
from ops.stack import Stack, StackSettings
from ops.topics import ensure
from schemas.topics import Topic

READ = Topic("read", "order_event", "none", 1, timedelta(days=1))
OUT_OF_REACH_S = 3.0
PATIENCE_S = 30.0
AWAY, KNOWN = "away", "known"
PROGRAM = f"""
import asyncio, sys
from api.health.consumer_lag import ConsumerLag, KafkaAway

async def ask(bootstrap):
    lag = ConsumerLag(bootstrap)
    while True:
        try:
            await lag.lag("readers", "{READ.name}".__eq__)
            print("{KNOWN}", flush=True)
        except KafkaAway:
            print("{AWAY}", flush=True)
        await asyncio.sleep(0.05)

asyncio.run(ask(sys.argv[1]))
"""


@pytest.fixture
def reach(tmp_path: Path) -> Iterator[tuple[str, Link]]:
    """The address of a broker of the test's own, and the link to it."""
    (port,) = free_ports(1)
    settings = StackSettings.for_tests(tmp_path).model_copy(update={"kafka_proxied_port": port})
    link = Link(settings.kafka_port, port)
    link.open()
    stack = Stack(settings)
    try:
        stack.up({"kafka"})
        ensure(settings.kafka_bootstrap, [READ])
        yield settings.kafka_bootstrap, link
    finally:
        stack.down()
        link.close()


def test_the_process_that_asks_for_the_lag_outlives_it(reach: tuple[str, Link]) -> None:
    bootstrap, link = reach
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, bootstrap], stdout=subprocess.PIPE, text=True
    ) as asking:
        try:
            assert asking.stdout is not None
            await_word(asking.stdout, KNOWN)
            for _ in range(3):
                link.cut()
                await_word(asking.stdout, AWAY)
                end = time.monotonic() + OUT_OF_REACH_S
                while time.monotonic() < end:
                    assert asking.stdout.readline().strip() == AWAY
                link.mend()
                await_word(asking.stdout, KNOWN)
            assert asking.poll() is None
        finally:
            asking.kill()


def await_word(lines: Iterator[str], wanted: str) -> None:
    """Read on until it is told."""
    end = time.monotonic() + PATIENCE_S
    for line in lines:
        if line.strip() == wanted:
            return
        assert time.monotonic() < end, f"not {wanted} within {PATIENCE_S} s"
    raise AssertionError("the process ended")
