"""Parameters come back from their JSON bit for bit, and what is none of theirs is refused in one way."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.calibration import rising
from udfs.operational_time import WeekProfile
from udfs.risk_parameters import FAMILY, MEMORIES, RiskParameters, UnreadableParameters

GOLDEN = Path(__file__).parent / "golden" / "risk_parameters_nb_2.json"

priors = st.floats(0.01, 100)
levels = st.floats(0.1, 10)
parameters = st.builds(
    RiskParameters,
    orders_prior=priors,
    exposure_prior_days=priors,
    units_prior=priors,
    squares_prior=priors,
    weights=st.sampled_from(MEMORIES),
    level=levels,
    levels=st.tuples(*[levels] * len(MEMORIES)),
    profile=st.lists(st.floats(0.01, 9), min_size=24, max_size=24).map(lambda day: WeekProfile(day * 7)),
    calibration=st.builds(
        rising,
        st.floats(0.3, 9),
        st.floats(-2, 2),
        st.lists(st.floats(-2, 2), min_size=7, max_size=7),
    ),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def a_learned_version() -> RiskParameters:
    return RiskParameters(
        model_version="nb-2.17-1f3a9c",
        orders_prior=0.2,
        weights=MEMORIES[0],
        level=1.25,
        levels=tuple(1.25 + 0.25 * i for i in range(len(MEMORIES))),
        profile=WeekProfile([0.1 + (hour % 24) / 7 for hour in range(168)]),
        calibration=rising(3.61234, 0.41, [0.1 * day for day in range(7)]),
    )


def same(one: RiskParameters, other: RiskParameters) -> bool:
    """A profile has no equality of its own; all that is known of it is in the JSON."""
    return (one.to_json(), one.model_version, one.quantiles, one.profile.pace) == (
        other.to_json(),
        other.model_version,
        other.quantiles,
        other.profile.pace,
    )


@given(parameters)
def test_they_come_back_to_the_last_bit(given_parameters: RiskParameters) -> None:
    assert same(RiskParameters.from_json(given_parameters.to_json(), FAMILY), given_parameters)


def test_a_version_once_written_is_still_read() -> None:
    assert same(RiskParameters.from_json(GOLDEN.read_text(), "nb-2.17-1f3a9c"), a_learned_version())


def test_a_version_is_written_as_ever() -> None:
    assert a_learned_version().to_json() == GOLDEN.read_text()


@given(st.text())
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(UnreadableParameters, match=FAMILY):
        RiskParameters.from_json(text, FAMILY)


@given(st.data(), anything)
def test_whatever_stands_in_the_wrong_place_is_refused_or_read(data: st.DataObject, wrong: object) -> None:
    content = json.loads(RiskParameters().to_json())
    of = data.draw(st.sampled_from([content, content["priors"], content["calibration"]]))
    of[data.draw(st.sampled_from(sorted(of)))] = wrong
    try:
        assert isinstance(RiskParameters.from_json(json.dumps(content), FAMILY), RiskParameters)
    except UnreadableParameters as refused:
        assert FAMILY in str(refused)


@given(st.data())
def test_what_is_missing_is_named(data: st.DataObject) -> None:
    content = json.loads(RiskParameters().to_json())
    missing = data.draw(st.sampled_from(sorted(content)))
    del content[missing]
    with pytest.raises(UnreadableParameters, match=missing):
        RiskParameters.from_json(json.dumps(content), FAMILY)


def test_another_family_is_refused_by_its_name() -> None:
    content = json.loads(RiskParameters().to_json()) | {"family": "nb-1"}
    with pytest.raises(UnreadableParameters, match="nb-1"):
        RiskParameters.from_json(json.dumps(content), FAMILY)
