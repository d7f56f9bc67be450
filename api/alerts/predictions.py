"""The risk of one SKU in one warehouse, as the online store has it, and how to ask for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


class Incomplete(Exception):
    """The online store was emptied and is being filled again."""


@dataclass(frozen=True, slots=True)
class OfSku:
    """A question for all warehouses of a SKU."""

    tenant_id: UUID
    sku: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A row of the feature view `stock_risk`, of the tenant that was asked for. Times are aware, in UTC."""

    sku: str
    warehouse: str
    stock: int
    velocity: float
    """Expected demand, units per 24 h."""
    probability: float
    """Of running out within 24 h of ``updated_at``."""
    predicted_oos_at: datetime | None
    """To the second; None beyond the model's reach."""
    oos_earliest_at: datetime | None
    """Running out falls between this and ``oos_latest_at`` with a chance of 80 %; both like ``predicted_oos_at``."""
    oos_latest_at: datetime | None
    alert_since: datetime | None
    """To the second; None where no alert is in force."""
    model_version: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """Predictions, and how fresh they are: whatever was published before ``fresh_at`` is in them."""

    predictions: tuple[Prediction, ...]
    fresh_at: datetime | None
