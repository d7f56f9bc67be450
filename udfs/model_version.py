"""A version of a tenant's parameters, and all that is told of it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What is learned, from what, and how well it does. Times in epoch milliseconds."""

    model_version: str
    parent: str
    created_ms: int
    data_from_ms: int
    data_to_ms: int
    parameters: str
    """JSON that `udfs.risk_parameters` reads."""
    parameters_digest: str
    scores: dict[str, float]
    reason: str
    labels: int

    def record(self, tenant_id: str) -> dict[str, Any]:
        """A record of the contract ``model_update``."""
        return {
            "tenant_id": tenant_id,
            "model_version": self.model_version,
            "parent": self.parent,
            "created_at": self.created_ms,
            "data_from": self.data_from_ms,
            "data_to": self.data_to_ms,
            "parameters": self.parameters,
            "parameters_digest": self.parameters_digest,
            "scores": self.scores,
            "reason": self.reason,
            "labels": self.labels,
        }
