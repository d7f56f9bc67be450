"""What the JVM makes of messages, against its reference in Python: the same logs through both, byte for byte."""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ops.parts.flink import UDFS_JAR
from schemas import examples
from schemas.encoding import decoder, encoder
from schemas.topics import DEAD_LETTERS
from udfs.combined import EventKind, StockEvent, combine
from udfs.operational_time import HOUR_MS

pytestmark = pytest.mark.service

PROGRAM = Path(__file__).with_name("combine_in_flink.py")
LOGS = 300
NOON_MS = 1_764_000_000_000
TENANTS = (examples.TENANT, "0b5d7f16-94a6-4c0e-8f6f-3f1b1c6f2f11")
SIGNS = {EventKind.ORDER_CREATED: 1, EventKind.ORDER_CANCELLED: -1}

Log = list[StockEvent]
Message = tuple[str, int, int, str]


def a_log(chance: Random) -> Log:
    """Up to 30 events over a few hours, out of order, of all kinds."""
    log = []
    for _ in range(chance.randint(1, 30)):
        kind = chance.choice(list(EventKind))
        occurred_ms = (
            NOON_MS + chance.choice((60_000, HOUR_MS)) * chance.randint(-5, 5) + chance.randint(0, 59_999)
        )
        qty = chance.randint(-50, 50) if kind is EventKind.STOCK_ADJUSTED else chance.randint(1, 1_000_000)
        expected_ms = occurred_ms + chance.randint(0, 10**9) if kind is EventKind.STOCK_INBOUND else None
        log.append(StockEvent(kind, qty, occurred_ms, NOON_MS + chance.randint(0, 1000), expected_ms))
    return log


@cache
def logs() -> dict[str, Log]:
    """By key; the same SKU stands in several warehouses and at both tenants, and names are not all ASCII."""
    chance = Random(11)
    keys = [
        f"{tenant}|{sku}|{warehouse}"
        for tenant in TENANTS
        for sku in (*(f"SKU-{number}" for number in range(48)), "Größe 4", "蓝")
        for warehouse in ("W1", "W2", "Łódź")
    ]
    assert len(keys) == LOGS
    return {key: a_log(chance) for key in keys}


def messages() -> list[Message]:
    """The logs, mixed, with each kept in its order; among them what cannot be read, and what the ledger ignores."""
    encode, chance = encoder("order_event"), Random(12)
    waiting = {key: [*reversed(log)] for key, log in logs().items()}
    mixed: list[tuple[str, bytes]] = []
    while waiting:
        key = chance.choice([*waiting])
        tenant, sku, warehouse = key.split("|")
        event = waiting[key].pop()
        if not waiting[key]:
            del waiting[key]
        mixed.append((tenant, encode(record(event, tenant, sku, warehouse))))
    others = [
        message.value for message in examples.unreadable("order_event").values() if message.value is not None
    ]
    others += [
        encode({**each, "event_type": "page.viewed"}) for each in examples.valid("order_event").values()
    ]
    for value in others:
        mixed.insert(chance.randrange(len(mixed)), (examples.TENANT, value))
    return [(f"{tenant}-orders", 0, number, value.hex()) for number, (tenant, value) in enumerate(mixed)]


def record(event: StockEvent, tenant: str, sku: str, warehouse: str) -> dict[str, Any]:
    return {
        "event_id": "e",
        "event_type": event.kind.value,
        "tenant_id": tenant,
        "sku": sku,
        "warehouse": warehouse,
        "qty": event.qty,
        "occurred_at": event.occurred_ms,
        "received_at": event.received_ms,
        "expected_at": event.expected_ms,
        "attributes": '{"shop":"north"}',
    }


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the JVM makes of the messages, in a small Flink of its own process."""
    done = subprocess.run(
        [sys.executable, PROGRAM, UDFS_JAR],
        input=json.dumps(messages()),
        capture_output=True,
        text=True,
        timeout=240,
        # thread mode asks the first Python of the path for its library
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_books_are_those_of_the_reference(found: dict[str, Any]) -> None:
    assert found["books"] == {key: combine(log).pack().hex() for key, log in logs().items()}


def test_orders_are_counted_by_tenant_and_hour(found: dict[str, Any]) -> None:
    counts: Counter[tuple[str, int]] = Counter()
    for key, log in logs().items():
        for event in log:
            if event.kind is not EventKind.STOCK_INBOUND:
                # an hour in which stock moved otherwise has none, and is told
                counts[key.partition("|")[0], event.occurred_ms // HOUR_MS] += SIGNS.get(event.kind, 0)
    assert {(tenant, hour): orders for tenant, hour, orders in found["orders"]} == dict(counts)


def test_what_cannot_be_read_is_told_with_its_place(found: dict[str, Any]) -> None:
    unreadable = {message.value: message.reason for message in examples.unreadable("order_event").values()}
    expected = {
        f"{topic}-{partition}-{offset}": (unreadable[bytes.fromhex(value)], bytes.fromhex(value))
        for topic, partition, offset, value in messages()
        if bytes.fromhex(value) in unreadable
    }
    decode = decoder(DEAD_LETTERS.schema)
    letters = {place: decode(bytes.fromhex(letter)) for place, letter in found["letters"].items()}
    assert {place: (letter["reason"], letter["value"]) for place, letter in letters.items()} == expected
    assert {
        f"{each['topic']}-{each['partition']}-{each['offset']}" for each in letters.values()
    } == expected.keys()
