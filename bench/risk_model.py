"""How good the risk model is on a replayed history, what an update costs, and what the rejected alternatives do.

::

    python bench/risk_model.py EVENTS.parquet TRUTH.parquet --score SCORE.py --out FOLDER

EVENTS has occurred_at, event_type, sku, warehouse, qty, expected_at; TRUTH has at, sku, warehouse. SCORE.py is called
with TRUTH and the answers of each contender, which are left in FOLDER, and prints one JSON object of scores for all
points and for the clean ones. All contenders see the same events at the same times, and learn from the same labels.

The costs are CPU time of one thread for each update, which is an event minute of a SKU: the best of some rounds.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from river.linear_model import LogisticRegression
from river.optim import SGD
from river.optim.initializers import Constant
from scipy.special import gammainc

from backtest.event_log import EventLog
from udfs.calibration import SCALE, WEEKDAYS, Calibration
from udfs.combined import MINUTE_MS, Combined
from udfs.learner import Learner
from udfs.lessons import Lessons
from udfs.operational_time import DAY_MS, WeekProfile
from udfs.replay import Answer, Replay
from udfs.risk import forecast
from udfs.risk_parameters import EVEN, MEMORIES, RiskParameters
from udfs.sku_risk import fold
from udfs.sku_state import SkuState
from udfs.snapshots import LOGIT_STEPS

EVERY_MS = 6 * 3_600_000
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


class Contender(NamedTuple):
    """A way to answer, by the replay that does."""

    name: str
    replay: Callable[[Sequence[str]], Replay]


class Rule(Replay):
    """A rule of thumb on units sold a day, at a half-life of 16 days."""

    def __init__(self, keys: Sequence[str], answer: Callable[[int, float], tuple[float, float]]) -> None:
        super().__init__(keys, learning=False)
        self._answer = answer

    def _answers(self, at_ms: int) -> Iterator[Answer]:
        for key, state in enumerate(self.states):
            stock = state.ledger.stock
            if stock > 0:
                _, units, _, exposure = state.demand.at(at_ms / MINUTE_MS, True, WeekProfile.flat())[1]
                probability, days = self._answer(stock, (units + 0.1) / (exposure + 0.5))
                oos_ms = at_ms + round(min(days, 10_000) * DAY_MS)
                yield Answer(key, probability, oos_ms, None, None, "rule")


@dataclass
class GradientLearner(Learner):
    """The recipe: River's logistic regression on the law's logit, label by label, at one memory."""

    model: LogisticRegression = field(
        default_factory=lambda: LogisticRegression(
            SGD(0.02), l2=0.0, intercept_lr=0.02, initializer=Constant(SCALE)
        )
    )

    def learn(self, until_grid: int | None = None) -> int:
        learned = 0
        for grid in sorted(self.waiting):
            for label in self.waiting.pop(grid):
                self.model.learn_one({"x": label.logits[EVEN] / LOGIT_STEPS}, label.ran_out)
                learned += 1
            self.first_grid = self.newest_grid = grid
        return learned

    def parameters(self, model_version: str = "gradient") -> RiskParameters:
        return RiskParameters(
            model_version,
            weights=MEMORIES[EVEN],
            profile=self.week.profile(),
            calibration=Calibration(
                max(0.25, self.model.weights["x"]), 0.0, (float(self.model.intercept),) * WEEKDAYS
            ),
        )


def main() -> None:
    """Replay, score, time, print."""
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    log = EventLog.read(arguments.events)
    keys = [f"bench|{sku}|{warehouse}" for sku, warehouse in log.keys]
    scores = Table("answers by", "points", *SCORES.values(), title=f"{log.events} events of {len(keys)} SKUs")
    lessons: list[Lessons] = []
    for contender in _contenders(lessons):
        answers = _replayed(log, contender.name, contender.replay(keys))
        file = arguments.out / f"{contender.name.replace(' ', '-').replace(',', '')}.parquet"
        answers.to_parquet(file)
        for points, found in _scored(arguments.score, arguments.truth, file).items():
            scores.add_row(contender.name, points, *(f"{found[name]:.4f}" for name in SCORES))
    Console(width=112).print(scores, _costs(log, lessons))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def _contenders(lessons: list[Lessons]) -> list[Contender]:
    return [
        Contender("constant velocity", lambda keys: Rule(keys, lambda n, pace: (float(n <= pace), n / pace))),
        Contender("Poisson", lambda keys: Rule(keys, lambda n, pace: (float(gammainc(n, pace)), n / pace))),
        Contender(
            "law alone", lambda keys: Replay(keys, RiskParameters(calibration=Calibration()), learning=False)
        ),
        Contender("law, gradient", lambda keys: _learning(keys, GradientLearner())),
        Contender("the model", lambda keys: _learning(keys, _Listening(lessons))),
    ]


def _learning(keys: Sequence[str], learner: Learner) -> Replay:
    replay = Replay(keys)
    replay.learner = learner
    return replay


class _Listening(Learner):
    """The learner as it is, and the lessons that it was given."""

    def __init__(self, heard: list[Lessons]) -> None:
        super().__init__()
        self._heard = heard

    def take(self, lessons: Iterable[Lessons]) -> None:
        lessons = [one for one in lessons if one.labels or one.steps]
        self._heard.extend(lessons)
        super().take(lessons)


def _replayed(log: EventLog, name: str, replay: Replay) -> pd.DataFrame:
    answers = []
    for at_ms, rows in track(log.steps(EVERY_MS), name, total=len(log.grid(EVERY_MS)), console=console):
        for answer in replay.step(at_ms, rows):
            answers.append((at_ms, *log.keys[answer.key], answer.probability, answer.oos_ms))
    table = pd.DataFrame(answers, columns=["at", "sku", "warehouse", "probability", "predicted_oos_at"])
    for column in ("at", "predicted_oos_at"):
        table[column] = pd.to_datetime(table[column], unit="ms", utc=True)
    return table


def _scored(score: Path, truth: Path, answers: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, str(score), str(truth), str(answers)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, dict[str, float]] = json.loads(printed)
    return found


def _costs(log: EventLog, lessons: list[Lessons]) -> Table:
    rows = _one_minute_rows(log)
    updates = sum(map(len, rows))
    parameters = RiskParameters()
    states = [SkuState() for _ in rows]

    def folded() -> None:
        for place, of_sku in enumerate(rows):
            states[place] = state = SkuState()
            for row in of_sku:
                fold(state, row, parameters)

    def predicted() -> None:
        for state, of_sku in zip(states, rows):
            stock = max(1, state.ledger.stock)
            for _ in of_sku:
                forecast(stock, state.demand, (), of_sku[-1].newest_occurred_ms + 3_000, parameters)

    fold_us, predict_us = _best_us(folded, updates), _best_us(predicted, updates)
    labels = sum(len(one.labels) for one in lessons)
    labels_an_update = labels / max(1, log.events)
    learn_us, gradient_us = (
        _best_us(lambda: _learned(kind(), lessons), labels) for kind in (Learner, GradientLearner)
    )
    table = Table("for each update", "µs", title=f"CPU time, {labels_an_update:.2f} labels an update")
    table.add_row("ledger, demand, snapshots: fold", f"{fold_us:.1f}")
    table.add_row("probability and three times: forecast", f"{predict_us:.1f}")
    table.add_row("lessons learned by all contenders", f"{learn_us * labels_an_update:.1f}")
    table.add_row("the same by gradient, one memory", f"{gradient_us * labels_an_update:.1f}")
    table.add_row("the model: all but the last", f"{fold_us + predict_us + learn_us * labels_an_update:.1f}")
    return table


def _learned(learner: Learner, lessons: list[Lessons]) -> None:
    learner.take(lessons)
    learner.learn()


def _one_minute_rows(log: EventLog) -> list[list[Combined]]:
    """The first SKUs' event minutes, each as a row of its own, as they come when the stream is live."""
    rows: list[list[Combined]] = [[] for _ in range(min(TIMED_SKUS, len(log.keys)))]
    for _, of_step in log.steps(EVERY_MS):
        for key, row in of_step:
            if key < len(rows):
                for totals in row.minutes:
                    occurred_ms = totals.minute * MINUTE_MS
                    rows[key].append(
                        row._replace(minutes=(totals,), inbound=(), newest_occurred_ms=occurred_ms)
                    )
    return rows


def _best_us(work: Callable[[], None], updates: int) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start_ns = time.thread_time_ns()
        work()
        best = min(best, (time.thread_time_ns() - start_ns) / updates / 1000)
    return best


if __name__ == "__main__":
    main()
