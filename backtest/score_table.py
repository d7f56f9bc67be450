"""Scores as a reader sees them: in words and rounded numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from backtest.scores import Scores

NO_NUMBER = "–"
"""Stands where a score is not defined."""

Shown = Callable[[Scores], str]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score of all scored answers and of the clean ones, and what it tells."""

    name: str
    all: str
    clean: str
    meaning: str


def score_rows(every: Scores, clean: Scores) -> list[ScoreRow]:
    """The table of scores."""

    def row(name: str, shown: Shown, meaning: str) -> ScoreRow:
        return ScoreRow(name, shown(every), shown(clean), meaning)

    return [
        row(
            "Answers scored",
            lambda s: count(s.points),
            "One for each SKU with stock, warehouse and grid hour.",
        ),
        row(
            "Ran out",
            lambda s: percent(s.prevalence, 1),
            "Share that was followed by an empty shelf within 24 hours.",
        ),
        row("Log loss", lambda s: number(s.log_loss, 4), "Punishes confident mistakes; 0 is perfect."),
        row(
            "Brier score",
            lambda s: number(s.brier, 4),
            "Mean squared distance from what happened; 0 is perfect.",
        ),
        row(
            "Brier skill",
            lambda s: number(s.brier_skill, 3),
            "What is gained over always saying the average; 1 is perfect, 0 is nothing.",
        ),
        row(
            "Calibration error",
            lambda s: number(s.calibration_error, 4),
            "Mean distance between the chance given and how often it happened.",
        ),
        row(
            "PR-AUC",
            lambda s: number(s.average_precision, 3),
            "How well the answers rank what will run out before what will not; 1 is perfect.",
        ),
        row(
            "Right above 70 %",
            lambda s: percent(s.at_70.precision, 1),
            "Of the answers above 70 %, how many did run out.",
        ),
        row(
            "Found above 70 %",
            lambda s: percent(s.at_70.recall, 1),
            "Of all that ran out, how many were above 70 %.",
        ),
        row(
            "Right above 90 %",
            lambda s: percent(s.at_90.precision, 1),
            "Of the answers above 90 %, how many did run out.",
        ),
        row(
            "Found above 90 %",
            lambda s: percent(s.at_90.recall, 1),
            "Of all that ran out, how many were above 90 %.",
        ),
        row(
            "Time off by",
            lambda s: f"{number(s.median_error_hours, 1)} h",
            "Median distance of the predicted time, where stock ran out within 24 hours.",
        ),
        row(
            "In the interval",
            lambda s: percent(s.coverage, 1),
            "How many of those fell into the 80 % interval told with the time.",
        ),
    ]


def percent(share: float, digits: int = 0) -> str:
    """Such as ``12.5 %``, on one line."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%" if isfinite(share) else NO_NUMBER


def number(value: float, digits: int) -> str:
    """With so many decimals."""
    return f"{value:.{digits}f}" if isfinite(value) else NO_NUMBER


def count(value: int) -> str:
    """Such as ``1,234``."""
    return f"{value:,}"
