"""Versions of models, and what is current of them, as Feast has them. Imports Feast, which takes seconds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from feature_repo import CURRENT_KEYS, VERSION_KEYS
from feature_writer.current_models import CurrentModel
from feature_writer.feast_rows import FeastRow, seconds
from schemas.encoding import Record
from schemas.logical import to_datetime, to_milliseconds

_NULL = Value()


def version_row(version: Record) -> FeastRow:
    """A row of the feature view `model_versions`."""
    return (
        EntityKey(
            join_keys=VERSION_KEYS, entity_values=[Value(string_val=version[name]) for name in VERSION_KEYS]
        ),
        {
            "parent": _text(version["parent"]),
            "created_at": seconds(version["created_at"]),
            "data_from": seconds(version["data_from"]),
            "data_to": seconds(version["data_to"]),
            "parameters": _text(version["parameters"]),
            "parameters_digest": _text(version["parameters_digest"]),
            "scores": _text(version["scores"]),
            "reason": _text(version["reason"]),
            "labels": Value(int64_val=version["labels"]),
        },
        to_datetime(version["created_at"]),
        None,
    )


def current_key(tenant_id: str) -> EntityKey:
    """The key of a row of `current_model`."""
    return EntityKey(join_keys=CURRENT_KEYS, entity_values=[Value(string_val=tenant_id)])


def current_row(current: CurrentModel) -> FeastRow:
    """A row of the feature view `current_model`."""
    return (
        current_key(current.tenant_id),
        {
            "newest_version": _text(current.newest_version),
            "newest_at": seconds(current.newest_at),
            "pinned_version": _text(current.pinned_version),
            "pinned_at": seconds(current.pinned_at),
            "updated_at": seconds(current.updated_at),
        },
        to_datetime(current.updated_at),
        None,
    )


def current_of(tenant_id: str, at: datetime | None, row: Mapping[str, Any] | None) -> CurrentModel:
    """What `current_row` was made of, as Feast reads it: to the second but for ``updated_at``."""
    # Feast gives a row of nothing for a key that it does not have
    if at is None or row is None or _read(row["updated_at"]) is None:
        return CurrentModel(tenant_id)
    return CurrentModel(
        tenant_id,
        newest_version=_read(row["newest_version"]),
        newest_at=_read_ms(row["newest_at"]),
        pinned_version=_read(row["pinned_version"]),
        pinned_at=_read_ms(row["pinned_at"]),
        updated_at=to_milliseconds(at),
    )


def _text(text: str | None) -> Value:
    return _NULL if text is None else Value(string_val=text)


def _read(value: Any) -> Any:
    kind = value.WhichOneof("val")
    return None if kind is None else getattr(value, kind)


def _read_ms(value: Any) -> int | None:
    at_s = _read(value)
    return None if at_s is None else at_s * 1000
