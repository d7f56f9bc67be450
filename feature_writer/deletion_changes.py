"""What tenants delete of their predictions, restore, and have purged, as it comes from Kafka, checked."""

from dataclasses import dataclass

from feature_writer.consuming import Received
from feature_writer.predictions import is_time
from schemas import topics
from schemas.encoding import UnreadableMessage, decoder
from schemas.prediction_deletions import Deletion, key_of


@dataclass(frozen=True, slots=True)
class DeletionChange:
    """A deletion of a tenant's is made or changed, or with its tenant it is no more."""

    tenant_id: str
    deletion_id: str
    deletion: Deletion | None


def read(message: Received) -> DeletionChange:
    """The change that a message of the topic makes. Raises `UnreadableMessage`."""
    tenant_id, _, deletion_id = (message.key or b"").decode(errors="replace").partition("|")
    if topics.tenant_of(f"{tenant_id}-orders") is None:
        raise UnreadableMessage("invalid", f"{message.key!r:.200} is no key of a deletion.")
    if message.value is None:
        return DeletionChange(tenant_id, deletion_id, None)
    record = decoder("prediction_deletion", "ms")(message.value)
    if key_of(record["tenant_id"], record["deletion_id"]) != message.key:
        raise UnreadableMessage("wrong-tenant", "The deletion is another than its key tells.")
    for name in ("made_from", "made_until"):
        if not is_time(record[name]):
            raise UnreadableMessage("invalid", f"{record[name]!r} is no {name}.")
    return DeletionChange(tenant_id, deletion_id, Deletion.of(record))
