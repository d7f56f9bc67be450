"""How good the risk model is on a replayed history, and what an update of one SKU costs.

::

    python bench/risk_model.py EVENTS.parquet TRUTH.parquet --score SCORE.py --out FOLDER

EVENTS has occurred_at, event_type, sku, warehouse, qty, expected_at; TRUTH has at, sku, warehouse. For each row of TRUTH
the code of the stream job answers as of ``at``, having seen the events until then. SCORE.py is called with TRUTH and the
predictions, which are left in FOLDER, and prints one JSON object of scores for all points and for the clean ones.

Two simpler rules answer from the same state, to compare with. The learned profile is the hour-of-week histogram of the
orders in the first half of the time; scores should be of the second.
"""

import argparse
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import gammainc

from udfs.combined import MINUTE_MS, Combined, EventKind, StockEvent, combine
from udfs.operational_time import DAY_MS, HOUR_MS, HOURS, MONDAY_MS, WeekProfile
from udfs.risk import RiskParameters
from udfs.sku_risk import assess, fold
from udfs.sku_state import SkuState, pack, unpack
from udfs.thresholds import DEFAULT

TIMED_SKUS = 20
ROUNDS = 7
SCORES = {
    "log_loss": "log loss",
    "brier_skill": "skill",
    "ece": "ECE",
    "pr_auc": "PR-AUC",
    "precision_0.9": "precision > 0.9",
    "oos_at_median_error_h": "hours off",
}
console = Console(stderr=True)

Answer = tuple[float, int | None]
Rule = Callable[[SkuState, int], Answer]


class Step(NamedTuple):
    """A moment to answer at, and what happened since the last one."""

    at_ms: int
    row: Combined | None


class History(NamedTuple):
    """One SKU in one warehouse through time."""

    sku: str
    warehouse: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to answer: with which parameters the state is folded, what it may see, and the rule."""

    name: str
    parameters: RiskParameters
    rule: Rule
    inbound_known: bool = True


def main() -> None:
    """Replay, score, time, print."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    events, truth = pd.read_parquet(arguments.events), pd.read_parquet(arguments.truth)
    histories = list(_histories(events, truth))
    learned = RiskParameters(profile=_learned_profile(events))
    scores = Table(
        "answers by", "points", *SCORES.values(), title=f"{len(truth)} points of {len(histories)} SKUs"
    )
    for contender in _contenders(learned):
        predictions = arguments.out / f"{contender.name.replace(' ', '-').replace(',', '')}.parquet"
        _replayed(histories, contender).to_parquet(predictions)
        for points, found in _scored(arguments.score, arguments.truth, predictions).items():
            scores.add_row(contender.name, points, *(f"{found[name]:.4f}" for name in SCORES))
    Console(width=110).print(scores, _costs(histories[:TIMED_SKUS], learned))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--score", type=Path, required=True, help="program that scores TRUTH PREDICTIONS")
    parser.add_argument("--out", type=Path, required=True, help="folder for the predictions")
    return parser.parse_args()


def _histories(events: pd.DataFrame, truth: pd.DataFrame) -> Iterator[History]:
    points = {key: sorted(_epoch_ms(rows["at"])) for key, rows in truth.groupby(["sku", "warehouse"])}
    groups = events.groupby(["sku", "warehouse"], sort=True)
    for key, rows in track(groups, "reading", total=groups.ngroups, console=console):
        sku, warehouse = key
        yield History(str(sku), str(warehouse), _steps(_stock_events(rows), points.get(key, [])))


def _stock_events(rows: pd.DataFrame) -> list[StockEvent]:
    return [
        StockEvent(
            EventKind(kind), int(qty), at_ms, at_ms, expected_ms if kind == EventKind.STOCK_INBOUND else None
        )
        for kind, qty, at_ms, expected_ms in zip(
            rows["event_type"], rows["qty"], _epoch_ms(rows["occurred_at"]), _epoch_ms(rows["expected_at"])
        )
    ]


def _steps(log: list[StockEvent], points: Iterable[int]) -> list[Step]:
    steps, seen = [], 0
    for at_ms in points:
        until = seen
        while until < len(log) and log[until].occurred_ms <= at_ms:
            until += 1
        steps.append(Step(at_ms, combine(log[seen:until]) if until > seen else None))
        seen = until
    return steps


def _epoch_ms(times: "pd.Series[pd.Timestamp]") -> list[int]:
    return [int(ms) for ms in times.astype("datetime64[ms, UTC]").astype("int64")]


def _learned_profile(events: pd.DataFrame) -> WeekProfile:
    middle = events["occurred_at"].min() + (events["occurred_at"].max() - events["occurred_at"].min()) / 2
    orders = events[(events["event_type"] == EventKind.ORDER_CREATED) & (events["occurred_at"] < middle)]
    # one more in each, so that no hour is thought impossible
    orders_in_hour = [1.0] * HOURS
    for at_ms in _epoch_ms(orders["occurred_at"]):
        orders_in_hour[(at_ms - MONDAY_MS) // HOUR_MS % HOURS] += 1
    return WeekProfile(orders_in_hour)


def _contenders(learned: RiskParameters) -> list[Contender]:
    flat = RiskParameters()
    return [
        Contender("constant velocity", flat, _constant_velocity),
        Contender("Poisson", flat, _poisson),
        Contender("model, flat profile", flat, _model(flat)),
        Contender("model, learned profile", learned, _model(learned)),
        Contender("model, inbound unknown", learned, _model(learned), inbound_known=False),
    ]


def _model(parameters: RiskParameters) -> Rule:
    def answer(state: SkuState, now_ms: int) -> Answer:
        prediction = assess(state, "tenant|sku|warehouse", now_ms, parameters, DEFAULT).prediction
        assert prediction is not None, "every SKU of a scored history begins with a count"
        return prediction["probability"], prediction["predicted_oos_at"]

    return answer


def _units_a_day(state: SkuState, now_ms: int) -> float:
    _, units, _, exposure = state.demand.at(now_ms / MINUTE_MS, state.ledger.stock > 0, WeekProfile.flat())[1]
    return (units + 0.1) / (exposure + 0.5)


def _constant_velocity(state: SkuState, now_ms: int) -> Answer:
    days = state.ledger.stock / _units_a_day(state, now_ms)
    return float(days <= 1), now_ms + round(days * DAY_MS)


def _poisson(state: SkuState, now_ms: int) -> Answer:
    velocity = _units_a_day(state, now_ms)
    probability = float(gammainc(max(state.ledger.stock, 1), velocity))
    return probability, now_ms + round((state.ledger.stock - 1 / 3) / velocity * DAY_MS)


def _replayed(histories: list[History], contender: Contender) -> pd.DataFrame:
    answers = []
    for history in track(histories, contender.name, console=console):
        state = SkuState()
        for at_ms, row in history.steps:
            if row is not None:
                fold(
                    state, row if contender.inbound_known else row._replace(inbound=()), contender.parameters
                )
            answers.append((at_ms, history.sku, history.warehouse, *contender.rule(state, at_ms)))
    table = pd.DataFrame(answers, columns=["at", "sku", "warehouse", "probability", "predicted_oos_at"])
    for column in ("at", "predicted_oos_at"):
        # a rule without a reach may name a year that no timestamp holds
        table[column] = pd.to_datetime(table[column], unit="ms", utc=True, errors="coerce")
    return table


def _scored(score: Path, truth: Path, predictions: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, str(score), str(truth), str(predictions)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, dict[str, float]] = json.loads(printed)
    return found


def _costs(histories: list[History], parameters: RiskParameters) -> Table:
    """Microseconds of CPU for one row of one event minute, the best of some rounds, by what is done with it."""
    rows = [_one_minute_rows(history) for history in histories]
    rule = _model(parameters)

    def read(packed: bytes, row: bytes, at_ms: int) -> bytes:
        Combined.unpack(row)
        return packed

    def keep(packed: bytes, row: bytes, at_ms: int) -> bytes:
        return pack(unpack(read(packed, row, at_ms)))

    def folded(packed: bytes, row: bytes, at_ms: int) -> bytes:
        state = unpack(packed)
        fold(state, Combined.unpack(row), parameters)
        return pack(state)

    def whole(packed: bytes, row: bytes, at_ms: int) -> bytes:
        state = unpack(packed)
        fold(state, Combined.unpack(row), parameters)
        rule(state, at_ms)
        return pack(state)

    table = Table("update of one SKU", "µs", title="Cost, CPU time")
    for name, update in (
        ("stock and velocity in a pickled dict", _simplest),
        ("row unpacked", read),
        ("and state unpacked, packed", keep),
        ("and row folded", folded),
        ("and risk and alert assessed: the whole", whole),
    ):
        table.add_row(name, f"{_best_microseconds(update, rows):.1f}")
    return table


def _one_minute_rows(history: History) -> list[tuple[bytes, int]]:
    return [
        (step.row._replace(minutes=(totals,), inbound=()).pack(), step.at_ms)
        for step in history.steps
        if step.row is not None
        for totals in step.row.minutes
    ]


def _best_microseconds(
    update: Callable[[bytes, bytes, int], bytes], skus: list[list[tuple[bytes, int]]]
) -> float:
    updates = sum(len(rows) for rows in skus)
    best = float("inf")
    for _ in range(ROUNDS):
        start_ns = time.thread_time_ns()
        for rows in skus:
            packed = b""
            for row, at_ms in rows:
                packed = update(packed or _EMPTY[update is _simplest], row, at_ms)
        best = min(best, (time.thread_time_ns() - start_ns) / updates / 1000)
    return best


def _simplest(packed: bytes, row: bytes, at_ms: int) -> bytes:
    """What the least job would do: no late events, no counts of the past, no probability."""
    state = pickle.loads(packed)
    for totals in Combined.unpack(row).minutes:
        state["stock"] = (totals.base if totals.flags else state["stock"]) + totals.delta
        state["velocity"] = (
            state["velocity"] * 0.5 ** ((totals.minute - state["minute"]) / 20_160) + totals.units
        )
        state["minute"] = totals.minute
    return pickle.dumps(state, protocol=5)


_EMPTY = (pack(SkuState()), pickle.dumps({"stock": 0, "velocity": 0.0, "minute": 0}, protocol=5))


if __name__ == "__main__":
    main()
