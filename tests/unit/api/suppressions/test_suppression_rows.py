"""CSV in, by whatever program it was written; every line that is no entry is told."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ingest.event_lines import MAX_ERRORS, BadLines
from api.suppressions.entries import Entries, Entry, from_content, to_content
from api.suppressions.suppression_file import write_buckets, write_header
from api.suppressions.suppression_rows import read_buckets

GOLDEN = Path(__file__).parent / "golden" / "suppressions.csv"
NEW_YEAR_S = 1_798_761_600
EVENING_S = NEW_YEAR_S + 18 * 3_600

names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|"), min_size=1, max_size=8)
reasons = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=12).map(str.strip)
expiries = st.none() | st.integers(1_000_000_000, 4_000_000_000)
entries = st.builds(Entry, names, names | st.just(""), expiries, reasons)
lists = st.lists(entries, unique_by=lambda entry: entry.name, max_size=20)


def read(text: str | bytes) -> Entries:
    return entries_of(read_buckets(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def entries_of(buckets: dict[int, bytes]) -> Entries:
    return {name: entry for content in buckets.values() for name, entry in from_content(content).items()}


def refusals(text: str | bytes) -> list[tuple[int, str | None, str]]:
    with pytest.raises(BadLines) as bad:
        read(text)
    return [(error.line, error.field, error.reason) for error in bad.value.errors]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_list_is_the_same_however_a_program_writes_it(start: str, end: str, delimiter: str) -> None:
    lines = [
        "sku,warehouse,expires_at,reason",
        "TEA-1,,,discontinued",
        "TEA-2, berlin ,2027-01-01,",
        "",
        '"TEA-3","hamburg",2027-01-01T20:00:00+02:00,"never ""in"" stock"',
        ",,,",
        "TEA-4,,2027-01-01T18:00",
        "",
    ]
    found = read(start + end.join(lines).replace(",", delimiter))
    assert sorted(found.values(), key=lambda entry: entry.sku) == [
        Entry("TEA-1", "", None, "discontinued"),
        Entry("TEA-2", "berlin", NEW_YEAR_S, ""),
        Entry("TEA-3", "hamburg", EVENING_S, 'never "in" stock'),
        Entry("TEA-4", "", EVENING_S, ""),
    ]


def test_only_the_sku_is_needed_and_columns_come_in_any_order() -> None:
    assert list(read("SKU\nTEA-1\n").values()) == [Entry("TEA-1", "", None, "")]
    assert list(read("reason;sku\nold;TEA-1\n").values()) == [Entry("TEA-1", "", None, "old")]
    assert read("sku\n") == {}


@given(lists)
def test_what_is_exported_makes_the_same_list(wanted: list[Entry]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [
            ("sku", "warehouse", "expires_at", "reason"),
            *(
                (e.sku, e.warehouse, e.expires_at.isoformat() if e.expires_at else "", e.reason)
                for e in wanted
            ),
        ]
    )
    buckets = read_buckets(io.BytesIO(text.getvalue().encode()))
    assert entries_of(buckets) == {entry.name: entry for entry in wanted}
    file = io.BytesIO()
    write_header(file)
    write_buckets(file, buckets.values())
    assert read_buckets(io.BytesIO(file.getvalue())) == buckets


def test_the_export_is_as_spreadsheets_want_it() -> None:
    file = io.BytesIO()
    write_header(file)
    for sku, warehouse, expires_s, reason in (
        ("Grüner Tee", "Köln", NEW_YEAR_S, "läuft aus"),
        ("TEA-1", "", None, 'a, "b"'),
    ):
        write_buckets(file, [to_content([Entry(sku, warehouse, expires_s, reason)])])
    assert file.getvalue() == GOLDEN.read_bytes()


def test_every_line_that_is_no_entry_is_told_with_its_number() -> None:
    found = refusals(
        "sku,warehouse,expires_at,reason\n"
        ",berlin,,\n"
        "TEA|1,,,\n"
        '"TEA-1","ber\nlin",,\n'
        "TEA-1,,31.12.2026,\n"
        f"TEA-1,,,{'x' * 201}\n"
        "TEA-1,,1999-12-31,\n"
        "TEA-1,,2100-01-01,\n"
        "TEA-1,,,,more\n"
    )
    assert [(line, field) for line, field, _ in found] == [
        (2, "sku"),
        (3, "sku"),
        (4, "warehouse"),
        (6, "expires_at"),
        (7, "reason"),
        (8, "expires_at"),
        (9, "expires_at"),
        (10, None),
    ]
    assert found[-1][2] == "has 5 columns, the first line has 4"
    assert not any("TEA" in reason for *_, reason in found)


def test_a_repetition_counts_once_and_a_contradiction_is_told() -> None:
    same = "sku,reason\nTEA-1,old\nTEA-2,\nTEA-1,old\n"
    assert len(read(same)) == 2
    assert refusals(same + "TEA-2,new\nTEA-1,new\n") == [
        (5, None, "says another thing of the same SKU and warehouse than line 3"),
        (6, None, "says another thing of the same SKU and warehouse than line 2"),
    ]


def test_a_warehouse_and_all_of_them_are_two_entries() -> None:
    assert len(read("sku,warehouse\nTEA-1,\nTEA-1,berlin\n")) == 2


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "must name the columns"),
        ("TEA-1\nTEA-2\n", 1, "must name the columns"),
        ("sku,shelf\nTEA-1,7\n", 1, "has a column shelf"),
        ("sku,\nTEA-1,7\n", 1, "has a column without a name"),
        ("sku,sku\nTEA-1,TEA-1\n", 1, "is there twice"),
        ("sku\nTEA-1\n" + '"' + "x" * 200_000, 3, "is not CSV from here on"),
        ('sku\n"TEA"-1\n', 2, "is not CSV from here on"),
        ("sku\nTEA-1\nTÄ-2\n".encode("latin-1"), 3, "is not UTF-8"),
        ("sku\nTEA-1\n".encode("utf-16"), 1, "must name the columns"),
    ],
)
def test_what_is_no_such_file_is_told(text: str | bytes, line: int, reason: str) -> None:
    (error,) = refusals(text)
    assert error[0] == line
    assert error[2].startswith(reason)


def test_the_first_hundred_errors_are_told_and_all_counted() -> None:
    with pytest.raises(BadLines) as bad:
        read("sku\n" + "|\n" * 5_000)
    assert bad.value.count == 5_000
    assert [error.line for error in bad.value.errors] == list(range(2, 2 + MAX_ERRORS))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_told(noise: bytes) -> None:
    for start in (b"", b"sku,warehouse,expires_at,reason\n", b"sku;reason;expires_at\r\n"):
        try:
            read(start + noise)
        except BadLines as bad:
            assert 0 < len(bad.errors) <= bad.count
