"""How an entry is chained to the one before it. The hashes are kept for ever, so what is hashed never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from api.audit.actor import Actor

FIRST = "0" * 64
"""What stands for the hash before a tenant's first entry."""

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. ``before`` and ``after`` are JSON as it is kept; ``number`` counts a tenant's entries from 1."""

    tenant_id: UUID
    number: int
    at: datetime
    actor: Actor
    action: str
    subject: str
    before: str | None
    after: str | None

    def hash_after(self, previous: str) -> str:
        """SHA-256, hexadecimal, of this entry and of the hash before it."""
        actor = self.actor
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        fields = [
            *(previous, self.tenant_id, self.number, at),
            *(actor.kind, actor.id, actor.tenant_id),
            *(self.action, self.subject, self.before, self.after),
        ]
        return sha256(_encode(fields)).hexdigest()


def canonical(state: Mapping[str, object] | None) -> str | None:
    """The JSON that is kept of a state: the same text for the same state."""
    return None if state is None else _encode(state).decode()
