"""The JVM's combining of events, against its reference in Python: the same logs through both, byte for byte."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from ops.parts.flink import UDFS_JAR
from udfs.combined import EventKind, StockEvent, combine

pytestmark = pytest.mark.service

PROGRAM = Path(__file__).with_name("combine_in_flink.py")
LOGS = 300
NOON_MS = 1_764_000_000_000


def a_log(chance: Random) -> list[StockEvent]:
    """Up to 30 events over a few minutes, out of order, of all kinds."""
    log = []
    for _ in range(chance.randint(1, 30)):
        kind = chance.choice(list(EventKind))
        occurred_ms = NOON_MS + chance.randint(-5 * 60_000, 5 * 60_000)
        qty = chance.randint(-50, 50) if kind is EventKind.STOCK_ADJUSTED else chance.randint(1, 1_000_000)
        expected_ms = occurred_ms + chance.randint(0, 10**9) if kind is EventKind.STOCK_INBOUND else None
        log.append(StockEvent(kind, qty, occurred_ms, NOON_MS + chance.randint(0, 1000), expected_ms))
    return log


def test_jvm_and_reference_agree() -> None:
    chance = Random(11)
    logs = {f"key-{number}": a_log(chance) for number in range(LOGS)}
    found = combined_by_flink(logs)
    assert found == {key: combine(log).pack() for key, log in logs.items()}


def combined_by_flink(logs: dict[str, list[StockEvent]]) -> dict[str, bytes]:
    """What the aggregate function makes of each log, in a small Flink of its own process."""
    kinds = list(EventKind)
    events = [
        (key, kinds.index(event.kind), event.qty, event.occurred_ms, event.received_ms, event.expected_ms)
        for key, log in logs.items()
        for event in log
    ]
    done = subprocess.run(
        [sys.executable, PROGRAM, UDFS_JAR],
        input=json.dumps(events),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return {key: bytes.fromhex(book) for key, book in json.loads(done.stdout.splitlines()[-1]).items()}
