"""The versions of a tenant's model, as the feature store has them, and which of them is served."""

from dataclasses import dataclass
from datetime import datetime

from schemas.encoding import Record


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A row of the feature view `model_versions`, of the tenant that was asked for. Times are aware, in UTC."""

    model_version: str
    parent: str | None
    """The version that it was learned on from; None where that was nothing, or not a version of the tenant's own."""
    created_at: datetime
    data_from: datetime
    """To the second, as ``data_to``."""
    data_to: datetime
    parameters: str
    """A JSON object, as ``scores``, whose values are numbers."""
    parameters_digest: str
    scores: str
    reason: str
    labels: int


@dataclass(frozen=True, slots=True)
class Current:
    """A row of the feature view `current_model`."""

    newest: str | None = None
    pinned: str | None = None

    @property
    def served(self) -> str | None:
        """The version that predictions are made by; None: the parameters that are shipped."""
        return self.newest if self.pinned is None else self.pinned


@dataclass(frozen=True, slots=True)
class Lineage:
    """Versions, each learned on from the one after it; ``rest`` is the one that follows, if there is one."""

    versions: tuple[ModelVersion, ...]
    current: Current
    rest: str | None


def update_of(tenant_id: str, version: ModelVersion, scores: dict[str, float]) -> Record:
    """The version as a record of the contract ``model_update``."""
    return {
        "tenant_id": tenant_id,
        "model_version": version.model_version,
        "parent": version.parent,
        "created_at": version.created_at,
        "data_from": version.data_from,
        "data_to": version.data_to,
        "parameters": version.parameters,
        "parameters_digest": version.parameters_digest,
        "scores": scores,
        "reason": version.reason,
        "labels": version.labels,
    }
