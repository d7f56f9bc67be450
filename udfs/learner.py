"""What learns from a tenant's labels: contenders side by side, the best of which serves.

A contender is a memory of the demand (`MEMORIES`) with a calibration of its own, which forgets slowly or quickly. Each
foretells every label before it learns from it, and keeps a faded log loss of that. The champion is replaced when a
challenger has done clearly better. The champion's log loss beyond what it expects of itself is watched by ADWIN (Bifet
and Gavalda 2007): when its mean moves, the world has changed, and all contenders let go of most of what they know.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from udfs.calibration import WEEKDAYS, rising, weekday
from udfs.combined import MINUTE_MS
from udfs.drift import ADWIN
from udfs.grid import GRID_MINUTES, STEPS_A_DAY
from udfs.lessons import Lessons
from udfs.level import Level
from udfs.model_version import ModelVersion
from udfs.recursive_logistic import INTERCEPT, RecursiveLogisticRegression
from udfs.risk_parameters import EVEN, FAMILY, MEMORIES, RiskParameters
from udfs.scoreboard import Scoreboard, log_losses
from udfs.snapshots import HORIZON_STEPS, LOGIT_STEPS, Label
from udfs.week_orders import WeekOrders

GRID_MS = GRID_MINUTES * MINUTE_MS
FORGETTING_DAYS = (20, 80)
"""Half-lives of what a calibration knows."""
ENOUGH_LABELS = 200.0
"""Faded labels that a challenger must have foretold before it may win."""
CLEARLY = 0.998
"""A challenger wins with a log loss below this share of the champion's."""
LEFT_AFTER_DRIFT = 0.2
DRIFT_DELTA = 1e-12
"""ADWIN's confidence. It is meant for independent values, and the SKUs of one day are not: rain moves them all."""
_DAYS = [f"day_{day}" for day in range(WEEKDAYS)]


def _watcher() -> ADWIN:
    return ADWIN(delta=DRIFT_DELTA)  # type: ignore[no-untyped-call]  # River has no types here


def _new_model(days: int) -> RecursiveLogisticRegression:
    cold = RiskParameters().calibration
    prior = {
        INTERCEPT: cold.bias[0],
        "x": cold.slope,
        "x_squared": cold.curve,
        **dict.fromkeys(_DAYS, 0.0),
    }
    return RecursiveLogisticRegression(prior, precision=50.0, memory=0.5 ** (1 / STEPS_A_DAY / days))


@dataclass(slots=True)
class Contender:
    """One way to foretell, and how well it did."""

    memory: int
    """Index into `MEMORIES`."""
    forgetting_days: int
    model: RecursiveLogisticRegression
    scores: Scoreboard = field(default_factory=Scoreboard)

    @property
    def name(self) -> str:
        """Such as ``short memory, 20 days``."""
        return f"{('short', 'even')[self.memory]} memory, {self.forgetting_days} days"


def _contenders() -> list[Contender]:
    return [
        Contender(memory, days, _new_model(days))
        for memory in range(len(MEMORIES))
        for days in FORGETTING_DAYS
    ]


@dataclass(slots=True)
class Learner:
    """All that is learned of one tenant."""

    contenders: list[Contender] = field(default_factory=_contenders)
    champion: int = EVEN * len(FORGETTING_DAYS)
    week: WeekOrders = field(default_factory=WeekOrders)
    level: Level = field(default_factory=Level)
    waiting: dict[int, list[Label]] = field(default_factory=dict)
    """Labels not learned from yet, by grid hour."""
    first_grid: int | None = None
    newest_grid: int | None = None
    labels: int = 0
    number: int = 0
    """Of the newest version made."""
    parent: str = FAMILY
    parameters_digest: str = ""
    drift: ADWIN = field(default_factory=lambda: _watcher())
    news: list[str] = field(default_factory=list)
    """What happened since the newest version."""

    def take(self, lessons: Iterable[Lessons]) -> None:
        """Keep lessons until `learn`."""
        for labels, steps in lessons:
            for label in labels:
                self.waiting.setdefault(label.grid, []).append(label)
            self.level.add(steps)

    def take_orders(self, orders_in_hours: Iterable[tuple[int, int]]) -> None:
        """Take in how many orders came in each hour since 1970, in any order."""
        self.week.add(orders_in_hours)

    def learn(self, until_grid: int | None = None) -> int:
        """Learn from the labels that wait, of grid hours up to ``until_grid``, in order of time. Returns how many.

        Labels of one grid hour are one batch, and their order is of no account.
        """
        grids = sorted(grid for grid in self.waiting if until_grid is None or grid <= until_grid)
        learned = 0
        for grid in grids:
            batch = sorted(self.waiting.pop(grid))
            self._learn_batch(grid, batch)
            learned += len(batch)
        return learned

    def publish(self, now_ms: int) -> ModelVersion | None:
        """The version that now serves best; None where nothing changed since the last."""
        if self.first_grid is None or self.newest_grid is None:
            return None
        content = self.parameters().to_json()
        digest = sha256(content.encode()).hexdigest()
        if digest == self.parameters_digest:
            return None
        self.number += 1
        version = ModelVersion(
            model_version=f"{FAMILY}.{self.number}-{digest[:6]}",
            parent=self.parent,
            created_ms=now_ms,
            data_from_ms=self.first_grid * GRID_MS,
            data_to_ms=self.newest_grid * GRID_MS + STEPS_A_DAY * GRID_MS,
            parameters=content,
            parameters_digest=digest,
            scores=self._champion.scores.summary(),
            reason="; ".join([*self.news, f"learned from {self.labels} labels"]),
            labels=self.labels,
        )
        self.parent, self.parameters_digest = version.model_version, digest
        self.news = []
        return version

    def parameters(self, model_version: str = FAMILY) -> RiskParameters:
        """What the champion would serve."""
        weights = self._champion.model.weights
        bias = [round(weights[INTERCEPT] + weights.get(day, 0.0), 5) for day in _DAYS]
        calibration = rising(round(weights["x"], 5), round(weights["x_squared"], 5), bias)
        profile = self.week.profile()
        levels = self.level.newest
        return RiskParameters(
            model_version=model_version,
            weights=MEMORIES[self._champion.memory],
            level=levels[self._champion.memory],
            levels=levels,
            profile=profile,
            calibration=calibration,
        )

    @property
    def _champion(self) -> Contender:
        return self.contenders[self.champion]

    def _learn_batch(self, grid: int, batch: list[Label]) -> None:
        truth = np.array([label.ran_out for label in batch], float)
        logits = np.array([label.logits for label in batch], float) / LOGIT_STEPS
        day = weekday(grid * GRID_MS)
        self.level.settle(grid + HORIZON_STEPS)
        # what was foretold before the demand changed says nothing of how good the law is
        changed = self.level.changed_after(grid)
        for contender in self.contenders:
            features = _features(logits[:, contender.memory], day)
            chance = contender.model.chances(features)
            contender.scores.add(grid, chance, truth)
            if contender is self._champion:
                self._watch(grid, chance, truth)
            if not changed:
                contender.model.learn_rows(features, truth)
        self.first_grid = grid if self.first_grid is None else min(grid, self.first_grid)
        self.newest_grid = grid if self.newest_grid is None else max(grid, self.newest_grid)
        self.labels += len(batch)
        self._challenge()

    def _watch(self, grid: int, chance: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        """Look for a drift. The order inside a batch is mixed, as ADWIN would take a sorted batch for a change."""
        excess = log_losses(chance, truth) - log_losses(chance, chance)
        drifted = False
        for value in np.random.default_rng(grid).permutation(np.clip(excess, -1, 1)).tolist():
            self.drift.update(value)  # type: ignore[no-untyped-call]  # River has no types here
            drifted = drifted or self.drift.drift_detected
        if drifted:
            self.news.append(f"drift seen at {_moment(grid)}")
            self.drift = _watcher()
            for contender in self.contenders:
                contender.model.forget(LEFT_AFTER_DRIFT)

    def _challenge(self) -> None:
        champion = self._champion
        best = min(range(len(self.contenders)), key=lambda i: self.contenders[i].scores.log_loss)
        challenger = self.contenders[best]
        if challenger.scores.labels < ENOUGH_LABELS:
            return
        if challenger.scores.log_loss < CLEARLY * champion.scores.log_loss:
            self.champion = best
            self.news.append(
                f"{challenger.name} won over {champion.name}:"
                f" log loss {challenger.scores.log_loss:.4f} against {champion.scores.log_loss:.4f}"
            )


def _features(x: NDArray[np.float64], day: int) -> NDArray[np.float64]:
    """Rows in the order of the prior: the constant, x, its square, and which day of the week it is."""
    rows = np.zeros((len(x), 3 + WEEKDAYS))
    rows[:, 0] = rows[:, 3 + day] = 1.0
    rows[:, 1], rows[:, 2] = x, x * x
    return rows


def _moment(grid: int) -> str:
    return str(np.datetime64(grid * GRID_MS, "ms").astype("datetime64[m]")) + "Z"
