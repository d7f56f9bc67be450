"""The offline store's files: their format, and that no row is lost or doubled when they are written again."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import Mock

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dask.dataframe import read_parquet as dask_read_parquet  # type: ignore[attr-defined]  # it re-exports
from hypothesis import given, settings
from hypothesis import strategies as st
from prediction_records import NOON_MS, prediction

from feature_writer.history_files import SCHEMA, ensure_readable, write
from schemas.encoding import Record

DAY_MS = 86_400_000


def stock_in(folder: Path) -> list[int]:
    return sorted(
        row["stock"] for file in folder.glob("day=*/*.parquet") for row in pq.read_table(file).to_pylist()
    )


def test_a_file_holds_the_predictions_of_one_day_in_snappy(tmp_path: Path) -> None:
    rows = {
        17: prediction(),
        18: prediction(updated_at=NOON_MS + DAY_MS),
        19: prediction(sku="SKU-2", predicted_oos_at=None, oos_latest_at=None, alert_since=None),
    }
    first, second = write(tmp_path, 3, rows)
    assert first == tmp_path / "day=2026-11-24" / "predictions-3-00000000000000000017.parquet"
    assert second == tmp_path / "day=2026-11-25" / "predictions-3-00000000000000000018.parquet"
    file = pq.ParquetFile(first)
    assert file.metadata.row_group(0).column(0).compression == "SNAPPY"
    assert file.schema_arrow == SCHEMA
    table = file.read()
    assert table["sku"].to_pylist() == ["SKU-1", "SKU-2"]
    assert table["event_timestamp"].cast(pa.int64()).to_pylist() == [NOON_MS, NOON_MS]
    assert table["oos_latest_at"].cast(pa.int64()).to_pylist() == [NOON_MS + 9 * 3_600_000, None]
    assert table["alert_since"].cast(pa.int64()).to_pylist() == [NOON_MS - 60_000, None]


def test_nothing_but_whole_files_is_left_in_the_folder(tmp_path: Path) -> None:
    (file,) = write(tmp_path, 0, {1: prediction()})
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


days = st.lists(st.integers(0, 2), min_size=1, max_size=12)
cuts = st.lists(st.integers(1, 11), max_size=3)


def write_cut(folder: Path, rows: dict[int, Record], cuts: list[int]) -> None:
    """Write the rows in several turns, each from one of the offsets on."""
    bounds = sorted({0, *cuts, len(rows)})
    for start, end in pairwise(bounds):
        write(folder, 0, {offset: row for offset, row in rows.items() if start <= offset < end})


@settings(max_examples=100, deadline=None)
@given(days, cuts, cuts, st.integers(1, 12))
def test_rows_written_again_in_other_cuts_are_there_once(
    day_of_row: list[int], cuts: list[int], cuts_before_crash: list[int], written_before_crash: int
) -> None:
    rows = {
        offset: prediction(stock=offset, updated_at=NOON_MS + day * DAY_MS)
        for offset, day in enumerate(day_of_row)
    }
    with TemporaryDirectory() as name:
        folder = Path(name)
        before_crash = {offset: row for offset, row in rows.items() if offset < written_before_crash}
        write_cut(folder, before_crash, cuts_before_crash)
        write_cut(folder, rows, cuts)
        assert stock_in(folder) == list(rows)


def test_files_without_a_commit_become_one_and_those_of_others_stay(tmp_path: Path) -> None:
    rows = {offset: prediction(stock=offset) for offset in range(6)}
    write_cut(tmp_path, rows, [2, 4])
    write(tmp_path, 1, {3: prediction(stock=103)})
    write(tmp_path, 0, {9: prediction(stock=9)})
    write(tmp_path, 0, {5: prediction(stock=105, updated_at=NOON_MS + DAY_MS)})
    write(tmp_path, 0, rows)
    assert stock_in(tmp_path) == [*range(6), 9, 103, 105]


def test_a_crash_before_old_files_are_gone_is_mended_by_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {offset: prediction(stock=offset) for offset in range(6)}
    write_cut(tmp_path, rows, [2, 4])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", Mock(side_effect=KeyboardInterrupt))
        write(tmp_path, 0, rows)
    write_cut(tmp_path, rows, [3])
    assert stock_in(tmp_path) == [*rows]


def test_a_folder_without_files_gets_one_of_no_rows_and_any_other_keeps_its_own(tmp_path: Path) -> None:
    ensure_readable(tmp_path / "new")
    assert stock_in(tmp_path / "new") == []
    assert pq.read_schema(next((tmp_path / "new").glob("day=*/*.parquet"))) == SCHEMA
    write(tmp_path / "old", 0, {1: prediction()})
    ensure_readable(tmp_path / "old")
    assert stock_in(tmp_path / "old") == [3]


def test_a_file_from_before_a_column_was_there_is_read_with_the_others(tmp_path: Path) -> None:
    (old,) = write(tmp_path, 0, {1: prediction(sku="OLD")})
    pq.write_table(pq.read_table(old, partitioning=None).drop_columns(["oos_earliest_at"]), old)
    write(tmp_path, 0, {2: prediction(sku="NEW", updated_at=NOON_MS + DAY_MS)})
    ensure_readable(tmp_path)
    # as Feast reads them
    found = dask_read_parquet(str(tmp_path)).compute().set_index("sku")["oos_earliest_at"]
    assert found["NEW"] == datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert pd.isna(found["OLD"])
