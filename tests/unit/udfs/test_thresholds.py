"""The most specific setting wins."""

import pytest

from udfs.thresholds import DEFAULT, threshold_for

KEY = "t|apples|north"
SETTINGS = [(KEY, 0.1), ("t|apples|", 0.2), ("t||north", 0.3), ("t||", 0.4)]


@pytest.mark.parametrize("left", range(4))
def test_the_most_specific_setting_left_is_in_force(left: int) -> None:
    assert threshold_for(KEY, dict(SETTINGS[left:])) == SETTINGS[left][1]


def test_without_a_setting_the_default_holds() -> None:
    assert threshold_for(KEY, {"u||": 0.1, "t|pears|": 0.2, "t|apples|south": 0.3}) == DEFAULT


def test_a_threshold_of_zero_is_a_setting() -> None:
    assert threshold_for(KEY, {KEY: 0.0, "t||": 0.9}) == 0.0
