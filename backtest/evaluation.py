"""Everything that a back-test tells of its answers."""

from dataclasses import dataclass

import numpy as np

from backtest.answers import Answers
from backtest.breakdowns import MonthScores, SkuScore, by_month, worst_skus
from backtest.lead_time import LeadTime, lead_times
from backtest.outcomes import Moments, Outcomes
from backtest.reliability import Bin, reliability
from backtest.scores import Flagged, Scores, flagged, scores_of

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores are of the second half of the time line, where the model had time to learn; months are of all of it."""

    since_ms: int
    """Answers after this are scored."""
    until_ms: int
    """The last answer that is scored."""
    all: Scores
    clean: Scores
    """Of the points without a restock within the horizon."""
    bins: list[Bin]
    thresholds: list[Flagged]
    lead_times: list[LeadTime]
    months: list[MonthScores]
    worst: list[SkuScore]


def evaluate(answers: Answers, happened: Outcomes, outs: Moments, every_ms: int) -> Evaluation | None:
    """What the answers were worth; None where none lies in a second half with its whole horizon inside the log.

    ``outs`` are all stock-outs of the log. The halves are of the time between the first and the last answer whose
    outcome is known.
    """
    known, known_happened = answers.where(happened.known), happened.where(happened.known)
    if not len(known):
        return None
    first_ms, last_ms = int(known.at_ms.min()), int(known.at_ms.max())
    since_ms = first_ms + (last_ms - first_ms) // 2
    later = known.at_ms > since_ms
    if not later.any():
        return None
    scored, outcome = known.where(later), known_happened.where(later)
    p, y = scored.probability, outcome.ran_out
    clean = np.logical_not(outcome.restocked)
    return Evaluation(
        since_ms=since_ms,
        until_ms=last_ms,
        all=scores_of(scored, outcome),
        clean=scores_of(scored.where(clean), outcome.where(clean)),
        bins=reliability(p, y),
        thresholds=[flagged(p, y, threshold) for threshold in THRESHOLDS],
        lead_times=lead_times(answers, outs, since_ms, every_ms, THRESHOLDS),
        months=by_month(known, known_happened),
        worst=worst_skus(scored, outcome),
    )
