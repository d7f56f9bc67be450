"""What the feature store serves of the demo's shelves, read as a data scientist would."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import feature_repo
from ops.demo.sample import Shelf
from ops.settings import PROJECT, StackSettings

FEATURES = ("stock", "velocity", "probability", "predicted_oos_at")


@dataclass(frozen=True, slots=True)
class ShelfRisk:
    """One shelf as served: units, units a day, the probability of running out within 24 hours, and when."""

    sku: str
    warehouse: str
    stock: int
    velocity: float
    probability: float
    predicted_oos_at: datetime | None


class ServedRisks:
    """Reads the online store of one stack. Opening it takes seconds."""

    def __init__(self, settings: StackSettings) -> None:
        config = feature_repo.config(
            PROJECT / "feature_repo", settings.redis_url, str(settings.feature_registry)
        )
        self._store, _ = feature_repo.open_store(config)

    def read(self, tenant_id: str, shelves: Collection[Shelf]) -> list[ShelfRisk]:
        """Those of the shelves that have a prediction."""
        rows = [{"tenant_id": tenant_id, "sku": sku, "warehouse": warehouse} for sku, warehouse in shelves]
        names = [f"{feature_repo.FEATURE_VIEW}:{name}" for name in FEATURES]
        answer = self._store.get_online_features(features=names, entity_rows=rows).to_dict()
        columns: Iterable[tuple[object, ...]] = zip(
            *(answer[name] for name in ("sku", "warehouse", *FEATURES)), strict=True
        )
        return [ShelfRisk(*row) for row in columns if row[2] is not None]  # type: ignore[arg-type]  # as in the view
