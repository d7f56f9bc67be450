"""Scores are plain means of what was foretold, and fade."""

import numpy as np
import pytest

from udfs.scoreboard import HALF_LIFE_STEPS, Scoreboard, log_losses

CHANCE = np.array([0.001, 0.3, 0.3, 0.9, 0.0])
TRUTH = np.array([0.0, 1.0, 0.0, 1.0, 1.0])


def test_of_one_hour_it_is_plain_arithmetic() -> None:
    scores = Scoreboard()
    scores.add(100, CHANCE, TRUTH)
    summary = scores.summary()
    likely = np.array([0.999, 0.3, 0.7, 0.9, 1e-4])
    assert summary["log_loss"] == pytest.approx(float(-np.log(likely).mean()), abs=1e-6)
    # the two of 0.3 share a bin, and so do none of the rest
    errors = [0.001, abs(0.6 - 1.0), 0.1, 1.0]
    assert summary["calibration_error"] == pytest.approx(sum(errors) / 5, abs=1e-6)
    assert summary["mean_probability"] == pytest.approx(float(CHANCE.mean()), abs=1e-6)
    assert summary["share_ran_out"] == 0.6
    assert summary["labels"] == 5


def test_a_half_life_later_they_count_half() -> None:
    scores = Scoreboard()
    scores.add(0, np.array([0.5, 0.5]), np.array([0.0, 1.0]))
    scores.add(HALF_LIFE_STEPS, np.array([0.1]), np.array([0.0]))
    assert scores.labels == pytest.approx(2.0)
    assert scores.log_loss == pytest.approx((-np.log(0.5) - np.log(0.9)) / 2)


def test_a_late_hour_counts_by_its_age() -> None:
    in_time, late = Scoreboard(), Scoreboard()
    hours = [(grid, np.array([0.2, 0.7]), np.array([grid % 2.0, 1.0])) for grid in range(5)]
    for hour in hours:
        in_time.add(*hour)
    for hour in reversed(hours):
        late.add(*hour)
    assert late.grid == in_time.grid == 4
    assert late.summary() == pytest.approx(in_time.summary())


def test_before_any_label_nothing_is_said() -> None:
    assert Scoreboard().summary() == {}
    assert Scoreboard().log_loss == float("inf")


def test_the_loss_to_be_expected_is_the_entropy() -> None:
    (loss,) = log_losses(np.array([0.2]), np.array([0.2]))
    assert loss == pytest.approx(-0.2 * np.log(0.2) - 0.8 * np.log(0.8))
