"""Figures as shapes: all inside the plane, at the place of their numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest import charts
from backtest.breakdowns import MonthScores
from backtest.lead_time import LeadTime
from backtest.reliability import reliability
from backtest.scores import NAN, Flagged

shares = st.floats(0, 1)


@given(st.lists(st.tuples(shares, st.booleans()), max_size=50))
def test_reliability_has_a_dot_for_each_range_with_points(points: list[tuple[float, bool]]) -> None:
    p = np.array([share for share, _ in points], dtype=float)
    y = np.array([ran_out for _, ran_out in points], dtype=bool)
    bins = reliability(p, y)
    chart = charts.reliability_chart(bins)
    assert len(chart.dots) == sum(1 for each in bins if each.points)
    for dot in chart.dots:
        assert charts.LEFT <= dot.x <= charts.RIGHT
        # the plane counts downwards
        assert charts.BOTTOM >= dot.low >= dot.y >= dot.high >= charts.TOP


@given(st.lists(st.floats(0, 1e6) | st.just(NAN), min_size=1, max_size=40))
def test_bars_stand_on_the_axis_and_stay_below_the_top_tick(heights: list[float]) -> None:
    chart = charts.lead_time_chart([LeadTime(0.1, 1, 1.0, height, 0.0) for height in heights])
    assert len(chart.bars) == len(heights)
    scale = float(chart.y_ticks[-1].label)
    top = min(tick.at for tick in chart.y_ticks)
    assert top == charts.TOP
    for bar, height in zip(chart.bars, heights):
        assert bar.y + bar.height == pytest.approx(charts.BOTTOM)
        assert bar.y >= top
        assert charts.LEFT <= bar.x and bar.x + bar.width <= charts.RIGHT
        share = 0 if math.isnan(height) else bar.height / (charts.BOTTOM - charts.TOP)
        assert share <= 1
        assert math.isnan(height) or share * scale == pytest.approx(height, abs=scale / 100)
    assert len(chart.x_ticks) <= charts.MOST_BAR_LABELS


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (27.5, ["0", "10", "20", "30"]),
        (0.58, ["0", "0.2", "0.4", "0.6"]),
        (5, ["0", "1", "2", "3", "4", "5"]),
        (0, ["0", "1"]),
    ],
)
def test_ticks_are_round_numbers(highest: float, ticks: list[str]) -> None:
    chart = charts.lead_time_chart([LeadTime(0.1, 1, 1.0, highest, 0.0)])
    assert [tick.label for tick in chart.y_ticks] == ticks


def test_a_month_without_a_gain_has_no_bar() -> None:
    chart = charts.month_chart(
        [MonthScores("2024-03", 9, 0.1, 0.5, skill, 0.1) for skill in (-0.4, 0.5, NAN)]
    )
    assert [bar.height > 0 for bar in chart.bars] == [False, True, False]


def test_a_line_goes_where_its_number_is_defined() -> None:
    rows = [Flagged(0.1, 9, 0.5, 1.0), Flagged(0.5, 4, 0.75, 0.5), Flagged(0.9, 0, NAN, 0.0)]
    right, found = charts.threshold_chart(rows).lines
    assert [len(right.dots), len(found.dots)] == [2, 3]
    assert right.points.split()[1] == f"{(charts.LEFT + charts.RIGHT) / 2:.1f},{right.dots[1].y}"
    assert found.dots[2].y == charts.BOTTOM
    assert right.tone != found.tone


def test_no_lines_without_numbers() -> None:
    assert charts.threshold_chart([Flagged(0.1, 0, NAN, NAN)]).lines == []
