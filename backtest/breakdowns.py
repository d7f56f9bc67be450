"""Scores of parts: by month, and the SKUs where the answers were worst."""

from typing import NamedTuple

import numpy as np

from backtest.answers import Answers
from backtest.outcomes import Outcomes
from backtest.scores import brier_skill, calibration_error, log_loss, log_losses, mean

WORST = 20
FEWEST_POINTS = 20
"""With fewer points, a SKU's log loss tells little."""


class MonthScores(NamedTuple):
    """The answers of one calendar month, UTC."""

    month: str
    """Such as ``2024-03``."""
    points: int
    prevalence: float
    log_loss: float
    brier_skill: float
    calibration_error: float


class SkuScore(NamedTuple):
    """The answers for one SKU in one warehouse."""

    key: int
    points: int
    stock_outs: int
    """Different moments at which it ran out."""
    said: float
    """Mean probability."""
    happened: float
    """Share of points that ran out within the horizon."""
    log_loss: float


def by_month(answers: Answers, happened: Outcomes) -> list[MonthScores]:
    """Each month with answers, in time order."""
    month = answers.at_ms.astype("datetime64[ms]").astype("datetime64[M]")
    scores = []
    for each in np.unique(month):
        inside = month == each
        p, y = answers.probability[inside], happened.ran_out[inside]
        scores.append(
            MonthScores(
                str(each), len(p), mean(y), log_loss(p, y), brier_skill(p, y), calibration_error(p, y)
            )
        )
    return scores


def worst_skus(answers: Answers, happened: Outcomes) -> list[SkuScore]:
    """The keys of at least `FEWEST_POINTS` points with the highest mean log loss, the worst first."""
    keys, number = np.unique(answers.key, return_inverse=True)
    points = np.bincount(number, minlength=len(keys))
    ran_out = np.bincount(number, weights=happened.ran_out, minlength=len(keys))
    said = np.bincount(number, weights=answers.probability, minlength=len(keys))
    lost = np.bincount(number, weights=log_losses(answers.probability, happened.ran_out), minlength=len(keys))
    y = happened.ran_out
    outs = np.unique(np.stack([number[y], happened.ran_out_ms[y]]), axis=1)[0]
    stock_outs = np.bincount(outs, minlength=len(keys))
    enough = np.flatnonzero(points >= FEWEST_POINTS)
    worst = enough[np.argsort(-(lost[enough] / points[enough]), kind="stable")][:WORST]
    return [
        SkuScore(
            int(keys[place]),
            int(points[place]),
            int(stock_outs[place]),
            float(said[place] / points[place]),
            float(ran_out[place] / points[place]),
            float(lost[place] / points[place]),
        )
        for place in worst
    ]
