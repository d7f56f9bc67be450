"""What a digest says. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from api.alerts.predictions import Prediction

LEAST = 0.9
"""A SKU is in the digest when its probability of running out within a day is above this."""
MOST_ROWS = 200
"""In the letter's body; mail programs cut longer ones off. The attached file has them all."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """What is at risk in a warehouse, the most urgent first."""

    name: str
    risks: Sequence[Prediction]


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of a tenant's day."""

    tenant: str
    day: date
    warehouses: Sequence[Warehouse]
    """Of the body, by their names."""
    every_risk: Sequence[Prediction]
    """By warehouse and urgency."""
    fresh_at: datetime | None
    """The figures are as of then."""

    @property
    def left_out(self) -> int:
        """How many only the attached file has."""
        return len(self.every_risk) - sum(len(warehouse.risks) for warehouse in self.warehouses)


def compose(tenant: str, day: date, predictions: Iterable[Prediction], fresh_at: datetime | None) -> Digest:
    """The digest of those predictions that are above `LEAST`. The body has the most urgent of them."""
    at_risk = [prediction for prediction in predictions if prediction.probability > LEAST]
    shown = sorted(at_risk, key=_urgency)[:MOST_ROWS]
    by_warehouse = _by_warehouse(shown)
    warehouses = [Warehouse(name, by_warehouse[name]) for name in sorted(by_warehouse)]
    every = _by_warehouse(sorted(at_risk, key=_urgency))
    return Digest(tenant, day, warehouses, [risk for name in sorted(every) for risk in every[name]], fresh_at)


def _by_warehouse(risks: Iterable[Prediction]) -> Mapping[str, Sequence[Prediction]]:
    ordered = sorted(risks, key=lambda risk: risk.warehouse)
    return {name: [*group] for name, group in groupby(ordered, key=lambda risk: risk.warehouse)}


def _urgency(risk: Prediction) -> tuple[float, float, str, str]:
    """Who runs out first, then who surely does; names last, so that one morning's order is the same each time."""
    at = risk.predicted_oos_at
    return (
        float("inf") if at is None else at.timestamp(),
        -risk.probability,
        risk.warehouse,
        risk.sku,
    )
