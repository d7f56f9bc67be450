"""A calibration rises from end to end, and its quantiles read it backwards."""

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.calibration import MOST_LOGIT, Calibration, rising, scaled_logit, weekday
from udfs.operational_time import DAY_MS
from udfs.risk_parameters import RiskParameters

biases = st.lists(st.floats(-2, 2), min_size=7, max_size=7).map(tuple)
calibrations = st.builds(rising, st.floats(0.5, 10), st.floats(-3, 3), biases)
weekdays = st.integers(0, 6)


@given(calibrations, weekdays, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_chance_by_the_law_is_never_a_lower_one_in_truth(
    calibration: Calibration, day: int, one: float, other: float
) -> None:
    lower, higher = (calibration.probability(scaled_logit(p), day) for p in sorted((one, other)))
    assert 0 < lower <= higher < 1


@given(calibrations, weekdays)
def test_quantiles_are_where_the_calibrated_chance_is_10_50_and_90_percent(
    calibration: Calibration, day: int
) -> None:
    quantiles = calibration.quantiles()[day]
    assert list(quantiles) == sorted(quantiles)
    for z, chance in zip(quantiles, (0.1, 0.5, 0.9)):
        x = scaled_logit(NormalDist().cdf(z))
        if abs(x) < MOST_LOGIT / 4 - 1e-6:
            assert calibration.probability(x, day) == pytest.approx(chance, abs=1e-6)
        else:
            # cut at the end: the curve does not get there
            assert (calibration.probability(x, day) - chance) * x <= 1e-6


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_is_learned_can_be_made_to_rise(slope: float, curve: float) -> None:
    repaired = rising(slope, curve, (0.0,) * 7)
    assert repaired.slope > 4.5 * abs(repaired.curve)


@given(st.floats(0.5, 10), st.floats(-0.9, 0.9), biases)
def test_what_rises_is_left_as_it_is(slope: float, bend: float, bias: tuple[float, ...]) -> None:
    curve = bend * slope / 4.5
    assert rising(slope, curve, bias) == Calibration(slope, curve, bias)


@given(st.floats(0.001, 0.999), weekdays)
def test_slope_4_alone_leaves_the_law_as_it_is(p: float, day: int) -> None:
    assert Calibration().probability(scaled_logit(p), day) == pytest.approx(p)


@pytest.mark.parametrize("p", [0.0, 1e-300, 1.0])
def test_what_is_certain_is_cut(p: float) -> None:
    assert scaled_logit(p) == (-2.25 if p < 0.5 else 2.25)


@given(weekdays, st.floats(0.02, 0.9))
def test_the_default_moves_no_chance_far(day: int, p: float) -> None:
    calibrated = RiskParameters().calibration.probability(scaled_logit(p), day)
    assert p / 2 < calibrated < 2 * p


@pytest.mark.parametrize(
    "wrong",
    [
        {"slope": 0.0},
        {"slope": 1.0, "curve": 0.3},
        {"slope": float("nan")},
        {"bias": (0.0,) * 6},
        {"bias": (float("inf"),) * 7},
    ],
)
def test_a_calibration_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_weekdays_begin_on_monday() -> None:
    monday_ms = 1_795_392_000_000  # 2026-11-23T00:00:00Z
    assert [weekday(monday_ms + day * DAY_MS) for day in range(-1, 8)] == [6, 0, 1, 2, 3, 4, 5, 6, 0]
    assert weekday(monday_ms - 1) == 6
