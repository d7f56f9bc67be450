"""How long a warning stood before the shelf ran empty."""

import math

import pytest
from unit.backtest.answered import answers_of, said
from unit.backtest.logs import HOUR_MS, at

from backtest.event_columns import ints
from backtest.lead_time import LeadTime, lead_times
from backtest.outcomes import Moments

SIX_HOURS_MS = 6 * HOUR_MS


def lead(
    probabilities: dict[int, float], out: float, *more: tuple[int, float], since: float = -1
) -> LeadTime:
    """At a threshold of 0.5, of key 1 with these probabilities by hour, which ran out at ``out``; and more stock-outs."""
    outs = sorted([(1, out), *more])
    moments = Moments(ints([key for key, _ in outs]), ints([at(hour) for _, hour in outs]))
    answers = answers_of([(at(hour), said(1, p)) for hour, p in probabilities.items()])
    (found,) = lead_times(answers, moments, at(since), SIX_HOURS_MS, [0.5])
    return found


def test_a_warning_begins_where_it_is_never_taken_back() -> None:
    found = lead({0: 0.9, 6: 0.4, 12: 0.6, 18: 0.51, 24: 0.8}, 27)
    assert found == LeadTime(0.5, 1, 1.0, 15.0, 0.0)


def test_a_warning_a_day_ahead() -> None:
    assert lead({hour: 0.9 for hour in range(0, 30, 6)}, 24.5).a_day_ahead == 1
    assert lead({hour: 0.9 for hour in range(6, 30, 6)}, 29.5).a_day_ahead == 0


def test_no_warning_where_the_last_answer_does_not_warn() -> None:
    found = lead({0: 0.9, 6: 0.9, 12: 0.5}, 13)
    assert (found.stock_outs, found.warned, found.a_day_ahead) == (1, 0, 0)
    assert math.isnan(found.median_hours)


def test_a_gap_ends_a_warning() -> None:
    assert lead({0: 0.9, 6: 0.9, 18: 0.9}, 20).median_hours == 2


def test_a_warning_does_not_reach_behind_the_last_empty_shelf() -> None:
    # emptied at 7 and filled again before 12, so that no answer is missing
    found = lead({0: 0.9, 6: 0.9, 12: 0.9}, 13, (1, 7))
    assert found == LeadTime(0.5, 2, 1.0, 4.0, 0.0)


def test_filled_and_emptied_between_two_answers_is_left_out() -> None:
    assert lead({0: 0.9}, 1, (1, 2)).stock_outs == 1
    assert lead({0: 0.9}, 7).stock_outs == 0


def test_an_answer_at_the_moment_of_running_out_is_too_late() -> None:
    assert lead({0: 0.9, 6: 0.1}, 6).median_hours == 6


@pytest.mark.parametrize("other", [(0, 3.0), (2, 3.0)])
def test_other_keys_have_their_own_answers(other: tuple[int, float]) -> None:
    assert lead({0: 0.9}, 3, other).stock_outs == 1


def test_only_stock_outs_after_the_first_half_count() -> None:
    assert lead({0: 0.9, 6: 0.9}, 7, (1, 1), since=1).stock_outs == 1


def test_no_answers_and_no_stock_outs() -> None:
    assert lead({}, 3).stock_outs == 0
    answers = answers_of([(at(0), said(1, 0.9))])
    (found,) = lead_times(answers, Moments(ints([]), ints([])), at(0), SIX_HOURS_MS, [0.5])
    assert found.stock_outs == 0 and math.isnan(found.warned)
