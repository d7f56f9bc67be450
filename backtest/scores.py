"""How good probabilities are: each score is one function of what was said and what happened.

``p`` are probabilities, ``y`` whether the stock ran out within the horizon; arrays of one length. A score that the
points do not define, such as a precision where nothing was flagged, is NaN.
"""

from typing import NamedTuple

import numpy as np

from backtest.answers import Answers, Floats
from backtest.event_columns import MISSING, Bools, Ints
from backtest.outcomes import Outcomes
from udfs.operational_time import HOUR_MS

NAN = float("nan")
CLIP = 1e-4
"""No answer is taken as surer than this, so that one certain and wrong answer does not decide the log loss."""
CALIBRATION_BINS = 20


def log_losses(p: Floats, y: Bools) -> Floats:
    """Of each point, minus the logarithm of the probability given to what happened (Good 1952, "Rational decisions")."""
    likely = np.clip(p, CLIP, 1 - CLIP)
    losses: Floats = -np.log(np.where(y, likely, 1 - likely))
    return losses


def log_loss(p: Floats, y: Bools) -> float:
    """Mean of `log_losses`, in nats; 0 is perfect."""
    return mean(log_losses(p, y))


def brier(p: Floats, y: Bools) -> float:
    """Mean squared distance (Brier 1950, "Verification of forecasts expressed in terms of probability")."""
    return mean((p - y) ** 2)


def brier_skill(p: Floats, y: Bools) -> float:
    """Share of the Brier score that is saved over always saying the base rate; 1 is perfect, 0 is no better."""
    base = mean(y)
    of_base = base * (1 - base)
    return 1 - brier(p, y) / of_base if of_base > 0 else NAN


def calibration_error(p: Floats, y: Bools, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error over bins of equal count (Naeini, Cooper and Hauskrecht 2015; bins of equal count as
    Nguyen and O'Connor 2015): the mean distance between what a bin says and what happened in it."""
    if not len(p):
        return NAN
    order = np.argsort(p, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    distances = (len(group) * abs(p[group].mean() - y[group].mean()) for group in groups)
    return float(sum(distances) / len(p))


def average_precision(p: Floats, y: Bools) -> float:
    """Area under precision over recall, in steps (Davis and Goadrich 2006): the precision at each distinct
    probability, weighted by the recall that is gained there."""
    happened = int(y.sum())
    if not happened:
        return NAN
    order = np.argsort(-p, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(p[order]) != 0, True))
    hits = np.cumsum(y[order])[ends]
    gained = np.diff(hits, prepend=0) / happened
    return float((gained * hits / (ends + 1)).sum())


class Flagged(NamedTuple):
    """The points with a probability above a threshold."""

    threshold: float
    flagged: int
    precision: float
    """Share of these that did run out."""
    recall: float
    """Share of all that ran out which is among these."""


def flagged(p: Floats, y: Bools, threshold: float) -> Flagged:
    """Precision and recall of ``p > threshold``."""
    above = p > threshold
    hits = int(y[above].sum())
    return Flagged(threshold, int(above.sum()), ratio(hits, int(above.sum())), ratio(hits, int(y.sum())))


def median_error_hours(oos_ms: Ints, ran_out_ms: Ints) -> float:
    """Median distance between the time told and the time when the stock ran out, in hours, where one was told."""
    told = oos_ms != MISSING
    return float(np.median(np.abs(oos_ms[told] - ran_out_ms[told])) / HOUR_MS) if told.any() else NAN


def interval_coverage(earliest_ms: Ints, latest_ms: Ints, ran_out_ms: Ints) -> float:
    """Share of the stock-outs that fell into the interval told. An end that is not told lies beyond the model's reach."""
    from_earliest = (earliest_ms != MISSING) & (earliest_ms <= ran_out_ms)
    return mean(from_earliest & ((latest_ms == MISSING) | (ran_out_ms <= latest_ms)))


class Scores(NamedTuple):
    """All scores of some points. The last two are over those that ran out within the horizon."""

    points: int
    prevalence: float
    log_loss: float
    brier: float
    brier_skill: float
    calibration_error: float
    average_precision: float
    at_70: Flagged
    at_90: Flagged
    median_error_hours: float
    coverage: float


def scores_of(answers: Answers, happened: Outcomes) -> Scores:
    """The scores of these answers, given what happened after each."""
    p, y = answers.probability, happened.ran_out
    ran_out_ms = happened.ran_out_ms[y]
    return Scores(
        points=len(p),
        prevalence=mean(y),
        log_loss=log_loss(p, y),
        brier=brier(p, y),
        brier_skill=brier_skill(p, y),
        calibration_error=calibration_error(p, y),
        average_precision=average_precision(p, y),
        at_70=flagged(p, y, 0.7),
        at_90=flagged(p, y, 0.9),
        median_error_hours=median_error_hours(answers.oos_ms[y], ran_out_ms),
        coverage=interval_coverage(answers.earliest_ms[y], answers.latest_ms[y], ran_out_ms),
    )


def mean(values: Floats | Bools) -> float:
    """The mean; NaN of nothing."""
    return float(values.mean()) if len(values) else NAN


def ratio(part: int, whole: int) -> float:
    """``part / whole``; NaN of nothing."""
    return part / whole if whole else NAN
