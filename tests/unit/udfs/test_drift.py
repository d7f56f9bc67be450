"""A tenant whose demand doubles from one day to the next is calibrated again within three days.

The shop goes on ordering as before, so a third of its shelves run empty each day. That is the hard case: empty shelves
hide the demand from all who count sales alone.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from unit.udfs.simulated_shop import STEPS_A_DAY, Shop, simulated_shop

from udfs.replay import Replay

SKUS, SETTLED_DAYS, DAYS_AFTER = 1000, 42, 6
BINS = 20


@dataclass(frozen=True)
class Answers:
    """The probability of each answer, whether it came true, and the days from the change to when it was given."""

    day: NDArray[np.float64]
    probability: NDArray[np.float64]
    ran_out: NDArray[np.float64]

    def calibration_error(self, first_day: int, end_day: int) -> float:
        """Mean distance of chance and share over bins of equal count, for the answers of some days."""
        chosen = (first_day <= self.day) & (self.day < end_day)
        by_chance = np.flatnonzero(chosen)[np.argsort(self.probability[chosen], kind="stable")]
        bins = np.array_split(by_chance, BINS)
        distances = [len(b) * abs(self.probability[b].mean() - self.ran_out[b].mean()) for b in bins]
        return float(sum(distances) / len(by_chance))


@pytest.fixture(scope="module")
def shop() -> Shop:
    # one day more, for the truth of the last day's answers
    return simulated_shop(SKUS, SETTLED_DAYS + DAYS_AFTER + 1, SETTLED_DAYS, seed=11)


def answers_of(shop: Shop, learning: bool) -> Answers:
    replay, told = Replay(shop.keys, learning=learning), []
    for step, rows in enumerate(shop.steps):
        at_ms = shop.at_ms(step)
        day = step / STEPS_A_DAY - SETTLED_DAYS
        for answer in replay.step(at_ms, rows):
            told.append((day, answer.probability, shop.ran_out(answer.key, at_ms)))
    day, probability, ran_out = np.array(told, float).T
    known = day < DAYS_AFTER
    return Answers(day[known], probability[known], ran_out[known])


def test_it_is_calibrated_again_after_three_days(shop: Shop) -> None:
    learning = answers_of(shop, learning=True)
    assert learning.calibration_error(-7, -1) < 0.02
    # nobody could know it on the first day
    assert learning.calibration_error(0, 1) > 0.1
    # two days together, for chance alone makes more than .01 of one
    assert learning.calibration_error(3, 5) < 0.02


def test_without_learning_it_is_not(shop: Shop) -> None:
    assert answers_of(shop, learning=False).calibration_error(3, 5) > 0.12
