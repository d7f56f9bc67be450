"""Bins of what was said and what happened."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from backtest.answers import Floats
from backtest.reliability import EDGES, reliability, wilson


@given(hnp.arrays(np.float64, st.integers(0, 100), elements=st.floats(0, 1) | st.sampled_from(EDGES)))
def test_every_point_is_in_the_bin_of_its_range(p: Floats) -> None:
    y = p > 0.3
    bins = reliability(p, y)
    assert [each.points for each in bins] == [
        sum(1 for value in p if each.above < value <= each.up_to or value == each.above == 0) for each in bins
    ]
    assert sum(each.ran_out for each in bins) == y.sum()
    for each in bins:
        if each.points:
            assert each.above <= each.said <= each.up_to + 1e-12
            assert each.low <= each.happened <= each.high
        else:
            assert math.isnan(each.said) and math.isnan(each.high)


@given(st.integers(1, 10**6), st.data())
def test_wilson_holds_the_share_inside_0_and_1(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_wilson_as_published() -> None:
    # 0 of 20 and 15 of 148: Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
