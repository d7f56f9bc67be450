"""How long before a shelf ran empty the warning stood.

A warning begins at the first grid hour from which on every answer was above the threshold until the stock ran out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from backtest.answers import Answers
from backtest.event_columns import Bools, Ints
from backtest.outcomes import Moments
from backtest.scores import NAN, ratio
from udfs.operational_time import DAY_MS, HOUR_MS


class LeadTime(NamedTuple):
    """Of the stock-outs that had an answer before them."""

    threshold: float
    stock_outs: int
    warned: float
    """Share that was warned of at all."""
    median_hours: float
    """Median time from the warning to the empty shelf, of those that were warned of."""
    a_day_ahead: float
    """Share of all that was warned of 24 hours before or earlier."""


def lead_times(
    answers: Answers, outs: Moments, since_ms: int, every_ms: int, thresholds: Sequence[float]
) -> list[LeadTime]:
    """For each threshold, over the stock-outs after ``since_ms``.

    A shelf that was filled and emptied between two grid hours had no answer, and is left out.
    """
    order = np.lexsort((answers.at_ms, answers.key))
    asked = Moments(answers.key[order], answers.at_ms[order])
    p = answers.probability[order]
    # one stint is the answers between two empty shelves, grid hour by grid hour
    stint_begins = _stint_begins(asked, outs, every_ms)
    last, out = _last_answers(asked, outs, since_ms, every_ms)
    found = []
    for threshold in thresholds:
        above = p > threshold
        begins = above & (stint_begins | ~np.append(False, above[:-1]))
        begin = np.maximum.accumulate(np.where(begins, np.arange(len(p)), 0))
        warned = above[last]
        lead_ms = (outs.at_ms[out] - asked.at_ms[begin[last]])[warned]
        found.append(
            LeadTime(
                threshold,
                len(last),
                ratio(len(lead_ms), len(last)),
                float(np.median(lead_ms) / HOUR_MS) if len(lead_ms) else NAN,
                ratio(int((lead_ms >= DAY_MS).sum()), len(last)),
            )
        )
    return found


def _stint_begins(asked: Moments, outs: Moments, every_ms: int) -> Bools:
    if not len(asked):
        return np.zeros(0, dtype=bool)
    gone = outs.count_until(asked.key, asked.at_ms)
    follows = (
        (asked.key[1:] == asked.key[:-1])
        & (asked.at_ms[1:] - asked.at_ms[:-1] == every_ms)
        & (gone[1:] == gone[:-1])
    )
    return np.append(True, ~follows)


def _last_answers(asked: Moments, outs: Moments, since_ms: int, every_ms: int) -> tuple[Ints, Ints]:
    """For each stock-out after ``since_ms`` with an answer in the grid hour before: the places of both."""
    out = np.flatnonzero(outs.at_ms > since_ms)
    last = asked.count_until(outs.key[out], outs.at_ms[out] - 1) - 1
    there = np.maximum(last, 0)
    if not len(asked):
        return out[:0], out[:0]
    near = (last >= 0) & (asked.key[there] == outs.key[out])
    near &= outs.at_ms[out] - asked.at_ms[there] <= every_ms
    # no other stock-out in between
    near &= outs.count_until(asked.key[there], asked.at_ms[there]) == out
    return there[near], out[near]
