"""What the risk model knows of a tenant beside a SKU's own sums: priors, memory, profile and calibration.

A version of it is one JSON object. The risk job reads them from the topic ``models``; a learner writes them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Self

from udfs.calibration import Calibration, Quantiles
from udfs.operational_time import WeekProfile

FAMILY = "nb-2"
"""Names the formulas; versions learned within it are `FAMILY` with a number."""

Weights = tuple[float, float, float]
"""Of the laws at `udfs.demand.HALF_LIVES_DAYS`; their sum is 1."""

MEMORIES: tuple[Weights, ...] = ((0.8, 0.2, 0.0), (1 / 3, 1 / 3, 1 / 3))
"""Short and even: which of them foretells a tenant's sales best is learned. Fresh food forgets quickly, wholesale does not."""
EVEN = 1


class UnreadableParameters(ValueError):
    """Text that holds no parameters that this code reads."""


@dataclass(frozen=True, slots=True)
class RiskParameters:
    """One version. The defaults are what a tenant without a history starts from."""

    model_version: str = FAMILY
    orders_prior: float = 0.1
    exposure_prior_days: float = 0.5
    units_prior: float = 0.1
    squares_prior: float = 0.4
    """In squares of the mean units an order."""
    weights: Weights = MEMORIES[EVEN]
    level: float = 1.0
    """How the tenant sells now against what its SKUs remember by these weights; see `udfs.level`."""
    levels: tuple[float, ...] = (1.0,) * len(MEMORIES)
    """The same by each of `MEMORIES`."""
    profile: WeekProfile = field(default_factory=WeekProfile.flat)
    calibration: Calibration = Calibration(slope=3.8, curve=0.3, bias=(0.15,) * 7)
    """By default a guess near what fresh food and gift wholesale came to; it counts for 50 labels of evidence, no more."""
    quantiles: tuple[Quantiles, ...] = field(init=False, repr=False)
    """Of the calibration, by weekday."""

    def __post_init__(self) -> None:
        priors = (self.orders_prior, self.exposure_prior_days, self.units_prior, self.squares_prior)
        if not all(0.01 <= prior < inf for prior in priors):
            raise ValueError("Each prior is a finite number of at least 0.01.")
        if len(self.weights) != 3 or not (min(self.weights) >= 0 and abs(sum(self.weights) - 1) < 1e-6):
            raise ValueError("The weights of the half-lives are at least 0 and sum to 1.")
        if len(self.levels) != len(MEMORIES) or not all(0 < one < inf for one in (self.level, *self.levels)):
            raise ValueError(
                f"A level is a finite number above 0, and there is one for each of {len(MEMORIES)} memories."
            )
        object.__setattr__(self, "quantiles", self.calibration.quantiles())

    def to_json(self) -> str:
        """Everything but the version's name, in a form that gives the same parameters to the last bit."""
        calibration = self.calibration
        content = {
            "family": FAMILY,
            "priors": {
                "orders": self.orders_prior,
                "exposure_days": self.exposure_prior_days,
                "units": self.units_prior,
                "squares": self.squares_prior,
            },
            "weights": self.weights,
            "level": self.level,
            "levels": self.levels,
            "profile": self.profile.weights,
            "calibration": {
                "slope": calibration.slope,
                "curve": calibration.curve,
                "bias": calibration.bias,
            },
        }
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, model_version: str) -> Self:
        """The parameters that `to_json` wrote. Raises `UnreadableParameters`."""
        try:
            return cls._of(json.loads(text), model_version)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as problem:
            raise UnreadableParameters(f"No parameters of the family {FAMILY}: {problem}") from problem

    @classmethod
    def _of(cls, content: Mapping[str, Any], model_version: str) -> Self:
        if content["family"] != FAMILY:
            raise ValueError(f"they are of the family {content['family']}")
        priors, calibration = content["priors"], content["calibration"]
        fast, middle, slow = content["weights"]
        return cls(
            model_version,
            priors["orders"],
            priors["exposure_days"],
            priors["units"],
            priors["squares"],
            (fast, middle, slow),
            content["level"],
            tuple(content["levels"]),
            WeekProfile(content["profile"]),
            Calibration(calibration["slope"], calibration["curve"], tuple(calibration["bias"])),
        )
