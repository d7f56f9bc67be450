"""The answers as a file that others read."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from unit.backtest.answered import answers_of, said
from unit.backtest.logs import at, happening, log_of

from backtest import predictions_file
from backtest.outcomes import outcomes, stock_outs
from udfs.combined import EventKind

LOG = log_of(
    [
        happening(EventKind.STOCK_COUNTED, 5, 0, "tea", "b"),
        happening(EventKind.STOCK_COUNTED, 5, 0, "mug", "a"),
        happening(EventKind.ORDER_CREATED, 5, 9, "mug", "a"),
        happening(EventKind.STOCK_COUNTED, 5, 48, "tea", "b"),
    ]
)
ANSWERS = answers_of(
    [
        (at(6), said(0, 0.75, at(10), at(8), None, "first-1")),
        (at(6), said(1, 0.25, model_version="first-1")),
        (at(48), said(1, 0.5, model_version="second-2")),
    ]
)
HAPPENED = outcomes(LOG, stock_outs(LOG), ANSWERS.key, ANSWERS.at_ms)


def moments(*hours: float | None) -> list[pd.Timestamp | None]:
    return [None if hour is None else pd.Timestamp(at(hour), unit="ms", tz="UTC") for hour in hours]


def test_each_answer_is_a_row(tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    predictions_file.write(file, LOG, ANSWERS, HAPPENED)
    assert pq.read_table(file).to_pydict() == {
        "at": moments(6, 6, 48),
        "sku": ["mug", "tea", "tea"],
        "warehouse": ["a", "b", "b"],
        "probability": [0.75, 0.25, 0.5],
        "predicted_oos_at": moments(10, None, None),
        "model_version": ["first-1", "first-1", "second-2"],
        "oos_earliest_at": moments(8, None, None),
        "oos_latest_at": moments(None, None, None),
        "ran_out_at": moments(9, None, None),
        "restocked": [False, False, None],
    }
    assert [path.name for path in tmp_path.iterdir()] == ["predictions.parquet"]


def test_times_are_utc_and_pages_are_snappy(tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    predictions_file.write(file, LOG, ANSWERS, HAPPENED)
    assert str(pq.read_schema(file).field("predicted_oos_at").type) == "timestamp[ms, tz=UTC]"
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "SNAPPY"


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "predictions.parquet"
    file.write_text("old")
    impossible = replace(ANSWERS, key=ANSWERS.key + 10)
    with pytest.raises(IndexError):
        predictions_file.write(file, LOG, impossible, HAPPENED)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("predictions.parquet", "old")]
