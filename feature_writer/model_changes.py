"""What becomes of the tenants' models, as it comes from Kafka, checked."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from feature_writer.consuming import Received
from feature_writer.predictions import is_time
from schemas.encoding import Record, UnreadableMessage, decoder
from schemas.model_keys import tenant_and_pinned

LONGEST_VERSION = 64


@dataclass(frozen=True, slots=True)
class ModelChange:
    """A tenant's newest or pinned version becomes another one, or none."""

    tenant_id: str
    is_pin: bool
    version: Record | None
    """With ``scores`` as JSON text, times in ms; None where the newest, or the pin, is taken away."""
    at_ms: int
    """When Kafka was given it, by the clock of who published it."""


def read(message: Received) -> ModelChange:
    """The change that a message of the topic models makes. Raises `UnreadableMessage`."""
    try:
        tenant_id, is_pin = tenant_and_pinned(message.key or b"")
    except ValueError as error:
        raise UnreadableMessage("invalid", f"{error}.") from error
    version = None if message.value is None else _version(tenant_id, message.value)
    return ModelChange(tenant_id, is_pin, version, max(0, message.timestamp_ms))


def _version(tenant_id: str, value: bytes) -> Record:
    record = decoder("model_update", "ms")(value)
    if record["tenant_id"] != tenant_id:
        raise UnreadableMessage("wrong-tenant", "The version is of another tenant than its key.")
    for name, holds in _RULES.items():
        if not holds(record[name]):
            raise UnreadableMessage("invalid", f"{record[name]!r:.80} cannot be {name}.")
    if hashlib.sha256(record["parameters"].encode()).hexdigest() != record["parameters_digest"]:
        raise UnreadableMessage("invalid", "parameters_digest is not that of parameters.")
    return {**record, "scores": json.dumps(record["scores"], sort_keys=True)}


def _is_version(name: str | None) -> bool:
    return name is None or (1 <= len(name) <= LONGEST_VERSION and name.isprintable())


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


_RULES: dict[str, Callable[[Any], bool]] = {
    "model_version": _is_version,
    "parent": _is_version,
    "created_at": is_time,
    "data_from": is_time,
    "data_to": is_time,
    "parameters": _is_json_object,
    "scores": lambda scores: all(map(math.isfinite, scores.values())),
    "labels": lambda labels: labels >= 0,
}
