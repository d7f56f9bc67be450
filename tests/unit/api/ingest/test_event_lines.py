"""Lines to messages: the quick way agrees with the rules, and one bad line refuses all."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import NOW_MS, TENANT, document, json_values, line, rules, stock_documents

from api.ingest.event_lines import MAX_ERRORS, BadLines, Line, by_the_rules, messages_of
from api.ingest.event_rules import QUANTITIES, BadLine
from api.ingest.events_paths import events_paths
from api.ingest.order_event import Message
from api.ingest.turns import Turns
from api.ingest.usual_events import quick_way
from schemas.encoding import decoder

FIELDS = [
    *(
        "sku",
        "sku_id",
        "warehouse",
        "qty",
        "order_id",
        "event_id",
        "price",
        "currency",
        "occurred_at",
        "expected_at",
    ),
    "customer_email",
    "note",
]
# what is nearly right, which is where two ways to check could part
EDGES = [
    *(
        0,
        1,
        -1,
        1_000_000,
        1_000_001,
        1_000_000_000,
        2**63,
        2**70,
        1.0,
        12.5,
        12.345,
        True,
        None,
        "",
        " a",
        "a ",
        "a|b",
        "x" * 64,
    ),
    *(
        "x" * 65,
        "a\u0000",
        "12.50",
        "12.500",
        "0.00",
        "1e2",
        "eur",
        "EUR",
        "2026-11-24T12:00:00Z",
        "2026-11-24T12:05:00.001Z",
    ),
    *(
        "2026-11-24T12:00:00",
        "1999-12-31T23:59:59Z",
        "2026-11-24 12:00:00+01:00",
        [],
        {},
        ["a"],
        {"phone": "1"},
    ),
]


@st.composite
def nearly_valid_lines(draw: st.DrawFn) -> bytes:
    """A valid event with up to three fields replaced by something else, as JSON in one of several styles."""
    event = draw(stock_documents())
    for name in draw(st.lists(st.sampled_from(FIELDS), max_size=3)):
        event["payload"][name] = draw(st.sampled_from(EDGES) | json_values)
    if draw(st.integers(0, 9)) == 0:
        event["event_type"] = draw(st.sampled_from(["page.viewed", "Order.created", "", 7]))
    if draw(st.integers(0, 9)) == 0:
        event["tenant_id"] = draw(st.sampled_from([str(TENANT).upper(), "x", 7, None]))
    return json.dumps(
        event, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1]))
    ).encode()


def outcome(message_of: Callable[[bytes], Message | None], text: bytes) -> Any:
    """The key and the bytes of the message, of an id that was made at random only its length, or the errors."""
    try:
        message = message_of(text)
    except BadLine as bad:
        return bad.errors
    if message is None:
        return None
    key, value = message
    event_id = decoder("order_event")(value)["event_id"]
    given_id = json.loads(text)["payload"].get("event_id")
    return key, value if event_id == given_id else value.replace(event_id.encode(), b"?" * len(event_id))


def ways(text: bytes) -> tuple[Any, Any]:
    """The outcomes of the quick way and of the rules."""
    return outcome(quick_way(rules()), text), outcome(lambda text: by_the_rules(text, rules()), text)


@given(nearly_valid_lines())
def test_the_quick_way_agrees_with_the_rules(text: bytes) -> None:
    quick, ruled = ways(text)
    assert quick in (None, ruled)


@given(stock_documents())
def test_the_quick_way_takes_every_usual_event(event: dict[str, Any]) -> None:
    quick, ruled = ways(json.dumps(event).encode())
    assert quick == ruled
    assert quick is not None


@given(st.binary(max_size=200))
def test_bytes_at_random_are_bad_lines(text: bytes) -> None:
    assert quick_way(rules())(text) is None
    with pytest.raises(BadLine):
        by_the_rules(text, rules())


@pytest.mark.parametrize(
    "price", ["12.3000000000000000000001", "1e1", "0.1", "12.50", '"12.50"', "12.500", "-1", "null", "9" * 20]
)
def test_both_ways_read_the_digits_of_a_price_as_they_are_written(price: str) -> None:
    text = line(currency="EUR", price=0).replace(b'"price": 0', f'"price": {price}'.encode())
    quick, ruled = ways(text)
    assert quick in (None, ruled)


def messages(lines: list[Line]) -> list[tuple[bytes | None, bytes]]:
    return asyncio.run(messages_of(lines, rules(), Turns(7)))


def refusal(lines: list[Line]) -> BadLines:
    with pytest.raises(BadLines) as caught:
        messages(lines)
    return caught.value


def test_a_line_becomes_a_message_with_its_key() -> None:
    ((key, value),) = messages([(1, line("stock.counted", qty=40, colour="green"))])
    assert key == b"TEA-100|north"
    record = decoder("order_event", times="ms")(value)
    assert record["qty"] == 40
    assert record["received_at"] == NOW_MS
    assert record["attributes"] == '{"colour":"green"}'


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(lambda good: not all(good)))
def test_one_bad_line_refuses_all_and_every_bad_line_is_named(good: list[bool]) -> None:
    lines = [(2 * index + 1, line(qty=1 if each else 0)) for index, each in enumerate(good)]
    bad = refusal(lines)
    assert [error.line for error in bad.errors] == [
        2 * index + 1 for index, each in enumerate(good) if not each
    ]
    assert bad.count == good.count(False)


def test_only_the_first_errors_are_told_but_all_are_counted() -> None:
    bad = refusal([(number, line(sku="", qty=0)) for number in range(1, 301)])
    assert len(bad.errors) == MAX_ERRORS
    assert bad.errors[-1].line == MAX_ERRORS // 2
    assert bad.count == 600


def test_other_tasks_run_while_a_large_batch_is_checked() -> None:
    async def turns() -> int:
        checking = asyncio.create_task(messages_of([(1, line())] * 50, rules(), Turns(10)))
        turns = 0
        while not checking.done():
            await asyncio.sleep(0)
            turns += 1
        assert len(await checking) == 50
        return turns

    assert asyncio.run(turns()) >= 5


def test_the_examples_in_the_documentation_are_valid() -> None:
    contents: Any = events_paths("/a", "/b")["/a"]
    examples = {
        kind: content["example"] for kind, content in contents["post"]["requestBody"]["content"].items()
    }
    lines = examples["application/x-ndjson"].encode().splitlines() + [
        json.dumps(examples["application/json"]).encode()
    ]
    assert len(messages(list(enumerate(lines, 1)))) == 3


def test_the_documentation_names_every_type_that_moves_stock() -> None:
    description = str(events_paths("/a", "/b"))
    assert all(f"`{event_type}`" in description for event_type in QUANTITIES)


def test_a_tenant_in_upper_case_is_taken() -> None:
    upper = json.dumps(document(tenant_id=str(TENANT).upper())).encode()
    assert len(messages([(1, upper)])) == 1
