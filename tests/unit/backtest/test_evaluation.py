"""Which answers are scored, and the scores of parts."""

from dataclasses import replace

import numpy as np
import pytest
from unit.backtest.answered import answers_of, said
from unit.backtest.logs import HOUR_MS, at

from backtest.answers import Answers
from backtest.breakdowns import FEWEST_POINTS, by_month, worst_skus
from backtest.evaluation import THRESHOLDS, evaluate
from backtest.event_columns import MISSING, ints
from backtest.outcomes import Moments, Outcomes

NO_OUTS = Moments(ints([]), ints([]))


def nothing_happened(answers: Answers) -> Outcomes:
    count = len(answers)
    return Outcomes(
        np.full(count, MISSING), np.zeros(count, bool), np.ones(count, bool), np.zeros(count, bool)
    )


def steady(hours: range) -> Answers:
    return answers_of([(at(hour), said(0, 0.1)) for hour in hours])


def test_the_second_half_of_what_is_known_is_scored() -> None:
    answers = steady(range(0, 60, 6))
    happened = nothing_happened(answers)
    happened = replace(happened, known=answers.at_ms <= at(48), restocked=answers.at_ms == at(30))
    found = evaluate(answers, happened, NO_OUTS, 6 * HOUR_MS)
    assert found is not None
    assert (found.since_ms, found.until_ms) == (at(24), at(48))
    assert (found.all.points, found.clean.points) == (4, 3)
    assert sum(month.points for month in found.months) == 9
    assert [row.threshold for row in found.thresholds] == [row.threshold for row in found.lead_times]
    assert len(found.thresholds) == len(THRESHOLDS)


@pytest.mark.parametrize("known_until", [-1, 0])
def test_nothing_is_scored_without_a_second_half(known_until: int) -> None:
    answers = steady(range(0, 60, 6))
    happened = replace(nothing_happened(answers), known=answers.at_ms <= at(known_until))
    assert evaluate(answers, happened, NO_OUTS, 6 * HOUR_MS) is None


def test_months_are_those_of_the_calendar() -> None:
    answers = steady(range(0, 24 * 40, 24))
    months = by_month(answers, nothing_happened(answers))
    assert [(month.month, month.points) for month in months] == [
        ("2024-03", 7),
        ("2024-04", 30),
        ("2024-05", 3),
    ]
    assert months[0].log_loss == pytest.approx(-np.log(0.9))
    assert months[0].prevalence == 0


def test_the_worst_skus_are_those_with_the_highest_mean_loss() -> None:
    hours = range(FEWEST_POINTS)
    answers = answers_of(
        [
            (at(hour), said(key, p))
            for key, p, points in ((3, 0.2, 20), (5, 0.9, 20), (7, 0.99, 19), (9, 0.5, 20))
            for hour in hours[:points]
        ]
    )
    happened = nothing_happened(answers)
    of_nine = answers.key == 9
    ran_out_ms = np.where(of_nine, np.where(answers.at_ms < at(10), at(10), at(20)), MISSING)
    happened = replace(happened, ran_out=of_nine, ran_out_ms=ran_out_ms)
    worst = worst_skus(answers, happened)
    assert [sku.key for sku in worst] == [5, 9, 3]
    assert [sku.stock_outs for sku in worst] == [0, 2, 0]
    assert worst[1].happened == 1
    assert worst[1].said == pytest.approx(0.5)
    assert worst[0].log_loss == pytest.approx(-np.log(0.1))
