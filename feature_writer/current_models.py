"""What is current of a tenant's models: the newest version, and the one that is pinned."""

from dataclasses import dataclass, replace

from feature_writer.model_changes import ModelChange


@dataclass(frozen=True, slots=True)
class CurrentModel:
    """As in the feature view `current_model`, times in ms."""

    tenant_id: str
    newest_version: str | None = None
    newest_at: int | None = None
    """When the newest version was made."""
    pinned_version: str | None = None
    pinned_at: int | None = None
    """When it was pinned."""
    updated_at: int = -1


def after(current: CurrentModel, change: ModelChange) -> CurrentModel:
    """What is current after the change, strictly newer than before: a feature store drops what is not."""
    version = change.version
    updated_at = max(change.at_ms, current.updated_at + 1)
    name = None if version is None else version["model_version"]
    if change.is_pin:
        pinned_at = None if version is None else change.at_ms
        return replace(current, pinned_version=name, pinned_at=pinned_at, updated_at=updated_at)
    newest_at = None if version is None else version["created_at"]
    return replace(current, newest_version=name, newest_at=newest_at, updated_at=updated_at)
