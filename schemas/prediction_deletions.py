"""Which predictions a tenant does not want to be shown: the rule that a deletion is, and its forms.

Whether a prediction is hidden follows from its own SKU, warehouse and time alone, so it does not matter whether a store
hears of it before or after the deletion.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from schemas.encoding import Record


class State(StrEnum):
    """What has become of what was deleted."""

    HIDDEN = "hidden"
    RESTORED = "restored"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Deletion:
    """Of a tenant's predictions those with a time from ``from_ms`` on and before ``until_ms``, in ms.

    ``None`` for the SKU, the warehouse or the first time means any.
    """

    deletion_id: str
    sku: str | None
    warehouse: str | None
    from_ms: int | None
    until_ms: int
    state: State = State.HIDDEN

    @classmethod
    def of(cls, record: Record) -> Self:
        """That of a record of the contract ``prediction_deletion``, times in ms."""
        return cls(
            record["deletion_id"],
            record["sku"],
            record["warehouse"],
            record["made_from"],
            record["made_until"],
            State(record["state"]),
        )

    def record(self, tenant_id: str, changed_at_ms: int) -> Record:
        """The record of the contract."""
        return {
            "tenant_id": tenant_id,
            "deletion_id": self.deletion_id,
            "sku": self.sku,
            "warehouse": self.warehouse,
            "made_from": self.from_ms,
            "made_until": self.until_ms,
            "state": self.state.value,
            "changed_at": changed_at_ms,
        }

    @property
    def text(self) -> str:
        """The form that the online store keeps, see `schemas.online_store.deletions`; `of_text` reads it."""
        return json.dumps(
            [self.deletion_id, self.sku, self.warehouse, self.from_ms, self.until_ms, self.state.value],
            separators=(",", ":"),
        )

    @classmethod
    def of_text(cls, text: str | bytes) -> Self:
        """The deletion that `text` told."""
        deletion_id, sku, warehouse, from_ms, until_ms, state = json.loads(text)
        return cls(deletion_id, sku, warehouse, from_ms, until_ms, State(state))

    def covers(self, sku: str, warehouse: str, updated_at_ms: int) -> bool:
        """Whether it hides this prediction."""
        return (
            self.state is not State.RESTORED
            and (self.sku is None or self.sku == sku)
            and (self.warehouse is None or self.warehouse == warehouse)
            and (self.from_ms is None or self.from_ms <= updated_at_ms)
            and updated_at_ms < self.until_ms
        )


def state_of(deletions: Iterable[Deletion], sku: str, warehouse: str, updated_at_ms: int) -> State | None:
    """Whether deletions of its tenant leave a prediction hidden or purge it; None where it may be shown."""
    states = {each.state for each in deletions if each.covers(sku, warehouse, updated_at_ms)}
    if not states:
        return None
    return State.PURGED if State.PURGED in states else State.HIDDEN


def key_of(tenant_id: str, deletion_id: str) -> bytes:
    """The Kafka key."""
    return f"{tenant_id}|{deletion_id}".encode()
