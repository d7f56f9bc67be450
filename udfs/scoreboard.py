"""How well a contender foretells, in sums that fade, so that last month matters more than last year."""

from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

HALF_LIFE_STEPS = 28 * 4
"""Grid steps of six hours."""
LEAST = 1e-4
"""Chances are cut here for the log loss, so that no single label decides."""
BINS = np.array([0.0005, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
"""Edges of the bins of which the calibration error speaks."""


def log_losses(chance: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log loss of each; ``truth`` may be a chance, too, and gives the loss to be expected then."""
    cut = np.clip(chance, LEAST, 1 - LEAST)
    losses: NDArray[np.float64] = -(truth * np.log(cut) + (1 - truth) * np.log(1 - cut))
    return losses


@dataclass(slots=True)
class Scoreboard:
    """Faded sums as of the newest grid hour."""

    grid: int | None = None
    labels: float = 0.0
    loss: float = 0.0
    bins: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, len(BINS) + 1)))
    """Sum of chances and of stock-outs by bin."""

    def add(self, grid: int, chance: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        """Labels of one grid hour, as foretold before they were learned from."""
        if self.grid is None:
            self.grid = grid
        elif grid > self.grid:
            left = 0.5 ** ((grid - self.grid) / HALF_LIFE_STEPS)
            self.labels, self.loss, self.bins = self.labels * left, self.loss * left, self.bins * left
            self.grid = grid
        weight = 0.5 ** ((self.grid - grid) / HALF_LIFE_STEPS)
        self.labels += weight * len(truth)
        self.loss += weight * float(log_losses(chance, truth).sum())
        place = np.searchsorted(BINS, chance)
        for row, values in enumerate((chance, truth)):
            self.bins[row] += weight * np.bincount(place, weights=values, minlength=self.bins.shape[1])

    @property
    def log_loss(self) -> float:
        """The faded mean; infinite before any label."""
        return self.loss / self.labels if self.labels else inf

    def summary(self) -> dict[str, float]:
        """Scores by name."""
        if not self.labels:
            return {}
        foretold, happened = self.bins
        return {
            "log_loss": round(self.log_loss, 6),
            "calibration_error": round(float(abs(foretold - happened).sum() / self.labels), 6),
            "mean_probability": round(float(foretold.sum() / self.labels), 6),
            "share_ran_out": round(float(happened.sum() / self.labels), 6),
            "labels": round(self.labels, 1),
        }
