"""Lines of a catalogue, and what is said of those that are none."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.catalogue_lines import Entry, read_csv, read_ndjson
from api.ingest.event_fields import is_name
from api.ingest.event_lines import BadLines

ENTRIES = [Entry("TEA-1", "tea"), Entry("TEA-2", None, "Kesselhaus"), Entry("A/B, c", 'th"e')]
names = st.text(min_size=1, max_size=64).filter(is_name).filter(lambda text: text.isprintable())
entries = st.lists(
    st.builds(Entry, names, st.none() | names, st.none() | names), unique_by=lambda entry: entry.sku
)


def ndjson(lines: Sequence[Entry]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def cells(entry: Entry) -> str:
    return ",".join(
        '"' + (text or "").replace('"', '""') + '"' for text in (entry.sku, entry.category, entry.brand)
    )


def csv_of(lines: Sequence[Entry]) -> bytes:
    return "\r\n".join(["sku,category,brand", *map(cells, lines), ""]).encode()


@pytest.mark.parametrize(("read", "written"), [(read_ndjson, ndjson), (read_csv, csv_of)])
@given(lines=entries)
def test_what_is_written_is_read(
    read: Callable[[bytes], list[Entry]], written: Callable[[Sequence[Entry]], bytes], lines: list[Entry]
) -> None:
    assert read(written(lines)) == lines


def test_of_a_sku_that_comes_twice_the_last_counts() -> None:
    assert read_ndjson(ndjson([Entry("A", "b"), Entry("A", "c")])) == [Entry("A", "c")]


def test_columns_come_in_any_order_and_a_byte_order_mark_is_none() -> None:
    assert read_csv(b"\xef\xbb\xbfcategory,sku\ntea,TEA-1\n,TEA-2\n") == [
        Entry("TEA-1", "tea"),
        Entry("TEA-2"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no json", "is no JSON object"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "missing required field `sku`"),
        (b'{"sku": "a|b"}', "no |"),
        (b'{"sku": "a", "category": "b|c"}', "no |"),
        (b'{"sku": "a", "category": ""}', "length >= 1"),
        (b'{"sku": "a", "colour": "red"}', "unknown field `colour`"),
        (b"[" * 100_000, "is no JSON object"),
        (b"\xff", "is no JSON object"),
    ],
)
def test_a_line_that_is_none_is_told_with_its_number(line: bytes, reason: str) -> None:
    with pytest.raises(BadLines) as bad:
        read_ndjson(b'{"sku": "good"}\n\n' + line)
    ((error,), count) = (bad.value.errors, bad.value.count)
    assert (error.line, count) == (3, 1)
    assert reason in error.reason


@pytest.mark.parametrize(
    ("body", "line"), [(b"", 1), (b"category\ntea", 1), (b"sku,size\na,b", 1), (b"sku\na,b", 2), (b"\xff", 1)]
)
def test_a_table_that_is_none_is_told(body: bytes, line: int) -> None:
    with pytest.raises(BadLines) as bad:
        read_csv(body)
    assert bad.value.errors[0].line == line
