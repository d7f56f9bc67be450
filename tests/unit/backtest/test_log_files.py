"""Event logs as files: what is read, and how a bad file is told."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.ingest.event_fields import EARLIEST_MS, LATEST_MS, MAX_NAME
from api.ingest.event_rules import QUANTITIES as GATEWAY_QUANTITIES
from backtest import event_columns
from backtest.bad_log import BadLog
from backtest.event_log import EventLog

Event = dict[str, Any]
EVENTS: list[Event] = [
    {
        "occurred_at": "2024-03-25T00:00:00Z",
        "event_type": "stock.counted",
        "sku": "tea",
        "warehouse": "b",
        "qty": 0,
    },
    {"occurred_at": "2024-03-25T03:30:00.250Z", "event_type": "page.viewed", "sku": "tea", "warehouse": "b"},
    {
        "occurred_at": "2024-03-25T01:00:00+00:00",
        "event_type": "stock.inbound",
        "sku": "mug",
        "warehouse": "b",
        "qty": 40,
        "expected_at": "2024-03-28T06:00:00Z",
    },
    {
        "occurred_at": "2024-03-25T02:00:00.125Z",
        "event_type": "stock.adjusted",
        "sku": "tea",
        "warehouse": "a",
        "qty": -3,
    },
]


def ndjson(folder: Path, events: list[Event]) -> Path:
    file = folder / "events.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return file


def zipped(folder: Path, events: list[Event]) -> Path:
    file = folder / "events.gz"
    file.write_bytes(gzip.compress(ndjson(folder, events).read_bytes()))
    return file


def enveloped(folder: Path, events: list[Event]) -> Path:
    wrapped = []
    for event in events:
        payload = {name: value for name, value in event.items() if name != "event_type"}
        wrapped.append({"tenant_id": "t", "event_type": event["event_type"], "payload": payload})
    return ndjson(folder, wrapped)


def parquet(folder: Path, events: list[Event]) -> Path:
    file = folder / "events.parquet"
    table = pd.DataFrame(events)
    for column in ("occurred_at", "expected_at"):
        table[column] = pd.to_datetime(table[column], utc=True, format="ISO8601")
    table.to_parquet(file, index=False)
    return file


WRITERS = [ndjson, zipped, enveloped, parquet]
Writer = Callable[[Path, list[Event]], Path]


@pytest.mark.parametrize("write", WRITERS)
def test_every_form_of_file_is_the_same_log(write: Writer, tmp_path: Path) -> None:
    log = EventLog.read(write(tmp_path, EVENTS))
    assert log.keys == [("mug", "b"), ("tea", "a"), ("tea", "b")]
    assert log.key.tolist() == [2, 0, 1]
    assert [event_columns.KINDS[kind] for kind in log.kind] == [
        "stock.counted",
        "stock.inbound",
        "stock.adjusted",
    ]
    assert (log.occurred_ms - log.first_ms).tolist() == [0, 3_600_000, 7_200_125]
    assert log.qty.tolist() == [0, 40, -3]
    assert log.expected_ms[1] - log.first_ms == 78 * 3_600_000
    assert log.skipped == {"page.viewed": 1}
    assert not log.naive_times


def test_the_rules_are_those_of_the_gateway() -> None:
    assert {str(kind): bounds for kind, bounds in event_columns.QUANTITIES.items()} == GATEWAY_QUANTITIES
    assert (event_columns.EARLIEST_MS, event_columns.LATEST_MS) == (EARLIEST_MS, LATEST_MS)
    assert event_columns.MAX_NAME == MAX_NAME


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"qty": -1}, "qty of stock.counted must be a whole number from 0 to 1000000000"),
        ({"qty": None}, "qty is required"),
        ({"qty": 1.5}, "qty of stock.counted must be a whole number"),
        ({"sku": "a|b"}, "sku must be text of 1 to 64 characters"),
        ({"sku": " tea"}, "sku must be text"),
        ({"warehouse": None}, "warehouse is required"),
        ({"warehouse": "w" * 65}, "warehouse must be text"),
        ({"occurred_at": None}, "occurred_at is required"),
        ({"occurred_at": "1999-12-31T23:59:59Z"}, "occurred_at must not be before 2000"),
        ({"occurred_at": "2100-01-01T00:00:00Z"}, "occurred_at must not be after 2099"),
        ({"event_type": "stock.inbound", "qty": 1}, "expected_at is required (of stock.inbound)"),
    ],
)
def test_a_bad_event_is_named_by_its_place(write: Writer, change: Event, reason: str, tmp_path: Path) -> None:
    file = write(tmp_path, [*EVENTS, {**EVENTS[0], **change}])
    with pytest.raises(BadLog) as refused:
        EventLog.read(file)
    noun = "row" if write is parquet else "line"
    assert str(refused.value).startswith(f"{file}: {noun} 5: {reason}")
    assert "\n" not in str(refused.value)


def test_the_first_faults_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    bad = [{**EVENTS[0], "qty": -1}, {**EVENTS[0], "sku": ""}, {**EVENTS[0], "occurred_at": None}] * 4
    with pytest.raises(BadLog) as refused:
        EventLog.read(ndjson(tmp_path, bad))
    message = str(refused.value)
    assert [f"line {line}:" in message for line in range(1, 8)] == [True] * 5 + [False] * 2
    assert message.endswith("; and 7 more")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "event_type is required"),
        (b'{"event_type": 1}', "event_type is required"),
        (b'{"event_type": "order.created", "payload": 3}', "payload must be a JSON object"),
        (b'{"event_type": "order.created", "sku": 7}', "sku must be text"),
        (b'{"event_type": "order.created", "occurred_at": "noon"}', "occurred_at must be a time"),
        (b'{"event_type": "order.created", "occurred_at": 1711324800000}', "occurred_at must be a time"),
        (b'{"event_type": "order.created", "qty": "2"}', "qty of order.created must be a whole number"),
        (b'{"event_type": "order.created", "qty": true}', "qty of order.created must be a whole number"),
        (b'{"event_type": "order.created", "qty": 99999999999999999999}', "qty of order.created must be"),
        (b'{"event_type": "order.created", "qty": 9223372036854775807}', "qty of order.created must be"),
    ],
)
def test_a_line_that_is_no_event_is_told(line: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_bytes(json.dumps(EVENTS[0]).encode() + b"\n\n" + line + b"\n")
    with pytest.raises(BadLog, match=rf"line 3: .*{reason}"):
        EventLog.read(file)


def test_other_types_may_hold_anything(tmp_path: Path) -> None:
    log = EventLog.read(
        ndjson(tmp_path, [EVENTS[0], {"event_type": "page.viewed", "qty": "many", "sku": []}])
    )
    assert (log.events, log.skipped) == (1, {"page.viewed": 1})


def test_events_of_two_tenants_are_refused(tmp_path: Path) -> None:
    events = [{"tenant_id": tenant, **EVENTS[0]} for tenant in ("x", "y")]
    with pytest.raises(BadLog, match="events of 2 tenants"):
        EventLog.read(ndjson(tmp_path, events))


@pytest.mark.parametrize(
    "naive", [{"occurred_at": "2024-03-25T00:00:00"}, {"expected_at": "2024-03-28T06:00:00"}]
)
def test_times_without_an_offset_are_utc_and_it_is_said(naive: Event, tmp_path: Path) -> None:
    log = EventLog.read(ndjson(tmp_path, [{**EVENTS[2], **naive}, EVENTS[0]]))
    assert log.naive_times
    assert log.expected_ms.max() - log.occurred_ms.min() == 78 * 3_600_000


def test_naive_timestamps_of_a_table_are_utc_and_it_is_said(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    table = pd.read_parquet(parquet(tmp_path, EVENTS))
    table["occurred_at"] = table["occurred_at"].dt.tz_localize(None)
    table.to_parquet(file)
    log = EventLog.read(file)
    assert log.naive_times
    assert log.first_ms == 1_711_324_800_000


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit_are_read(unit: str, tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    table = pd.DataFrame(EVENTS[:1])
    columns = pa.Table.from_pandas(table)
    moment = pa.array([1_711_324_800]).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp(unit, "UTC"))
    # older files hold ms, us and ns; Arrow itself keeps seconds as milliseconds
    pq.write_table(columns.set_column(0, "occurred_at", moment), file, version="2.6")
    assert EventLog.read(file).first_ms == 1_711_324_800_000


def test_names_may_be_dictionaries_and_quantities_any_number(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    table = pd.read_parquet(parquet(tmp_path, EVENTS))
    for column in ("event_type", "sku", "warehouse"):
        table[column] = table[column].astype("category")
    table["qty"] = table["qty"].fillna(0).astype("int8")
    table.to_parquet(file)
    assert EventLog.read(file).qty.tolist() == [0, 40, -3]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda table: table.drop(columns="qty"), "no column qty; it has occurred_at, event_type, sku"),
        (lambda table: table.assign(sku=7), "column sku holds int64; it must hold text"),
        (lambda table: table.assign(qty="7"), "column qty holds string; it must hold whole numbers"),
        (
            lambda table: table.assign(occurred_at="noon"),
            "column occurred_at holds string; it must hold timestamps",
        ),
        (lambda table: table.assign(event_type=None), "row 1: event_type is required"),
        (
            lambda table: table[table.event_type == "page.viewed"],
            r"no event moves stock \(1 of other types\)",
        ),
        (lambda table: table[:0], "no event|column .* holds"),
    ],
)
def test_a_table_of_another_form_is_told(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], reason: str, tmp_path: Path
) -> None:
    file = parquet(tmp_path, EVENTS)
    spoil(pd.read_parquet(file)).to_parquet(file)
    with pytest.raises(BadLog, match=reason):
        EventLog.read(file)


def test_a_log_without_announcements_needs_no_column_for_them(tmp_path: Path) -> None:
    file = parquet(tmp_path, EVENTS)
    table = pd.read_parquet(file)
    table[table.event_type != "stock.inbound"].drop(columns="expected_at").to_parquet(file)
    assert EventLog.read(file).events == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "no events"),
        (b"PAR1 and nothing else", "not a readable Parquet file"),
        (gzip.compress(b"{}\n" * 1000, mtime=0)[:-12], "not a whole gzip file"),
        (b"\x1f\x8b" + bytes(30), "not a whole gzip file"),
    ],
)
def test_a_damaged_file_is_told(content: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_bytes(content)
    with pytest.raises(BadLog, match=reason):
        EventLog.read(file)
