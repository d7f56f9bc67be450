"""What a deletion is at a time, from its row."""

from datetime import datetime, timedelta

from api.hidden_predictions.tables import DeletionRow
from schemas.logical import to_milliseconds
from schemas.prediction_deletions import Deletion, State

RESTORABLE = timedelta(days=30)


def state_of(row: DeletionRow) -> State:
    """What has become of it."""
    if row.purged_at is not None:
        return State.PURGED
    return State.HIDDEN if row.restored_at is None else State.RESTORED


def restorable_until(row: DeletionRow) -> datetime:
    """When what it hid is to be purged."""
    return row.deleted_at + RESTORABLE


def rule_of(row: DeletionRow) -> Deletion:
    """What it hides, as every store of predictions understands it."""
    return Deletion(
        str(row.deletion_id),
        row.sku,
        row.warehouse,
        None if row.made_from is None else to_milliseconds(row.made_from),
        to_milliseconds(row.made_until),
        state_of(row),
    )
