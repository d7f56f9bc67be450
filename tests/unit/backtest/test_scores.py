"""Scores: what each must be where the answer is plain."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from unit.backtest.answered import answers_of, said
from unit.backtest.logs import at

from backtest.answers import Floats
from backtest.event_columns import MISSING, Bools, ints
from backtest.outcomes import Outcomes
from backtest.scores import (
    CLIP,
    average_precision,
    brier,
    brier_skill,
    calibration_error,
    flagged,
    interval_coverage,
    log_loss,
    median_error_hours,
    scores_of,
)

outcomes_both_ways = hnp.arrays(np.bool_, st.integers(2, 200)).filter(lambda y: bool(y.any() and not y.all()))


@st.composite
def forecasts(draw: st.DrawFn) -> tuple[Floats, Bools]:
    """Probabilities, many of them alike, and what happened."""
    y = draw(outcomes_both_ways)
    p = draw(hnp.arrays(np.float64, len(y), elements=st.sampled_from((0.0, 0.1, 0.5, 1.0)) | st.floats(0, 1)))
    return p, y


@given(outcomes_both_ways)
def test_a_perfect_forecast(y: Bools) -> None:
    p = y.astype(float)
    assert log_loss(p, y) == pytest.approx(-math.log(1 - CLIP))
    assert brier(p, y) == 0
    assert brier_skill(p, y) == 1
    assert calibration_error(p, y) == pytest.approx(0)
    assert average_precision(p, y) == pytest.approx(1)
    assert flagged(p, y, 0.9) == (0.9, y.sum(), 1, 1)


@given(outcomes_both_ways)
def test_always_the_base_rate_has_no_skill(y: Bools) -> None:
    p = np.full(len(y), y.mean())
    assert brier_skill(p, y) == pytest.approx(0, abs=1e-9)
    assert calibration_error(p, y, bins=1) == pytest.approx(0, abs=1e-9)
    assert average_precision(p, y) == pytest.approx(y.mean())


@given(forecasts())
def test_bounds(forecast: tuple[Floats, Bools]) -> None:
    p, y = forecast
    assert 0 <= log_loss(p, y) <= -math.log(CLIP)
    assert 0 <= brier(p, y) <= 1
    assert brier_skill(p, y) <= 1
    assert 0 <= calibration_error(p, y) <= 1
    assert 0 < average_precision(p, y) <= 1 + 1e-12


@given(forecasts(), st.randoms(use_true_random=False))
def test_the_order_of_the_points_changes_no_ranking_score(
    forecast: tuple[Floats, Bools], random: "np.random.Generator"
) -> None:
    p, y = forecast
    order = np.array(random.sample(range(len(p)), len(p)))  # type: ignore[attr-defined]  # Hypothesis gives a Random
    assert average_precision(p[order], y[order]) == pytest.approx(average_precision(p, y))
    assert log_loss(p[order], y[order]) == pytest.approx(log_loss(p, y))


@given(forecasts())
def test_one_bin_is_the_distance_of_the_means(forecast: tuple[Floats, Bools]) -> None:
    p, y = forecast
    assert calibration_error(p, y, bins=1) == pytest.approx(abs(p.mean() - y.mean()))


@given(forecasts(), st.floats(0, 1))
def test_precision_and_recall_count_the_same_hits(forecast: tuple[Floats, Bools], threshold: float) -> None:
    p, y = forecast
    found = flagged(p, y, threshold)
    hits = sum(1 for each, ran_out in zip(p, y) if each > threshold and ran_out)
    assert found.recall * y.sum() == pytest.approx(hits)
    if found.flagged:
        assert found.precision * found.flagged == pytest.approx(hits)
    else:
        assert math.isnan(found.precision)


def test_calibration_error_by_hand() -> None:
    p = np.array([0.1, 0.2, 0.6, 0.8])
    y = np.array([False, True, True, True])
    # said .15 and .7, happened .5 and 1
    assert calibration_error(p, y, bins=2) == pytest.approx((0.35 + 0.3) / 2)


def test_average_precision_by_hand() -> None:
    p = np.array([0.9, 0.8, 0.8, 0.1])
    y = np.array([True, False, True, True])
    # recall 1/3 at precision 1, then 2/3 at 2/3, then 1 at 3/4
    assert average_precision(p, y) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_nothing_to_score_is_no_number() -> None:
    none, never = np.zeros(0), np.zeros(0, dtype=bool)
    for score in (log_loss, brier, brier_skill, calibration_error, average_precision):
        assert math.isnan(score(none, never))
    assert math.isnan(brier_skill(np.array([0.1]), np.array([False])))
    assert math.isnan(average_precision(np.array([0.1]), np.array([False])))


def test_the_time_told_is_off_by_its_median() -> None:
    told, ran_out = ints([at(5), MISSING, at(9), at(1)]), ints([at(4), at(4), at(4), at(4)])
    assert median_error_hours(told, ran_out) == 3
    assert math.isnan(median_error_hours(told[1:2], ran_out[1:2]))


@pytest.mark.parametrize(
    ("earliest", "latest", "covered"),
    [
        (at(3), at(5), 1),
        (at(4), at(4), 1),
        (at(5), at(9), 0),
        (at(1), at(3), 0),
        (at(3), MISSING, 1),
        (at(5), MISSING, 0),
        (MISSING, MISSING, 0),
    ],
)
def test_an_interval_covers_its_ends_and_what_is_beyond_reach(
    earliest: int, latest: int, covered: int
) -> None:
    assert interval_coverage(ints([earliest]), ints([latest]), ints([at(4)])) == covered


def test_all_scores_of_a_few_answers() -> None:
    answers = answers_of(
        [
            (at(0), said(0, 0.95, at(10), at(5), at(20))),
            (at(6), said(0, 0.8, at(12), at(13), at(20))),
            (at(12), said(1, 0.05)),
            (at(18), said(1, 0.75, at(30), at(20), at(40))),
        ]
    )
    happened = Outcomes(
        ran_out_ms=ints([at(12), at(12), MISSING, at(90)]),
        restocked=np.array([False] * 4),
        known=np.array([True] * 4),
        ran_out=np.array([True, True, False, False]),
    )
    found = scores_of(answers, happened)
    assert (found.points, found.prevalence) == (4, 0.5)
    assert found.at_70 == (0.7, 3, 2 / 3, 1)
    assert found.at_90 == (0.9, 1, 1, 0.5)
    assert found.median_error_hours == 1
    assert found.coverage == 0.5
    assert found.log_loss == pytest.approx(-np.log([0.95, 0.8, 0.95, 0.25]).mean())
