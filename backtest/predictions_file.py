"""The answers as a Parquet file, with what happened beside each, for whoever wants to look closer."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from backtest.answers import Answers
from backtest.event_columns import MISSING, Ints
from backtest.event_log import EventLog
from backtest.outcomes import Outcomes
from backtest.whole_file import written_whole

TIME = pa.timestamp("ms", "UTC")
SCHEMA = pa.schema(
    [
        pa.field("at", TIME, nullable=False),
        pa.field("sku", pa.string(), nullable=False),
        pa.field("warehouse", pa.string(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("predicted_oos_at", TIME),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("oos_earliest_at", TIME),
        pa.field("oos_latest_at", TIME),
        pa.field("ran_out_at", TIME),
        pa.field("restocked", pa.bool_()),
    ]
)
"""``ran_out_at`` is when the stock next reached 0, null if never in the log; ``restocked`` whether goods were received
within 24 hours, null where the log ends before."""


def write(file: Path, log: EventLog, answers: Answers, happened: Outcomes) -> None:
    """One row for each answer, in time order; whole, or not at all. Raises ``OSError``."""
    skus, warehouses = zip(*log.keys)
    columns = [
        _times(answers.at_ms),
        pa.array(skus).take(answers.key),
        pa.array(warehouses).take(answers.key),
        pa.array(answers.probability),
        _times(answers.oos_ms),
        pa.array(answers.versions.distinct, pa.string()).take(answers.versions.codes),
        _times(answers.earliest_ms),
        _times(answers.latest_ms),
        _times(happened.ran_out_ms),
        pa.array(happened.restocked, mask=~happened.known),
    ]
    with written_whole(file) as part:
        pq.write_table(pa.table(columns, schema=SCHEMA), part, compression="snappy")


def _times(times: Ints) -> Any:
    return pa.array(times, mask=times == MISSING).cast(TIME)
