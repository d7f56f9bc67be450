"""Rows of the feature view `stock_risk` as Feast lays them out in Redis, made without Feast's own objects.

Feast makes a protobuf message of every value, and most of what a row costs is these messages. Here the same bytes are put
together; the tests hold them to what Feast writes and reads. Imports Feast, which takes seconds.

https://github.com/feast-dev/feast/blob/master/docs/specs/online_store_format.md
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

from feast.infra.online_stores.helpers import _mmh3
from feast.value_type import ValueType

from feature_repo import FEATURE_VIEW, JOIN_KEYS
from feature_writer.predictions import Key
from schemas.encoding import Record
from schemas.writers import groups_of_seven

_TEXT = Struct("<II").pack
_DOUBLE = Struct("<Bd").pack
# field number << 3 | wire type, of feast.types.Value and google.protobuf.Timestamp
_INT64, _STRING, _TIME, _REAL = b"\x20", b"\x12", b"\x40", 0x29
_SECONDS, _NANOS = b"\x08", b"\x10"
_NANOS_A_MS = 1_000_000
_EVERY_BIT = (1 << 64) - 1

TIME_FIELD = f"_ts:{FEATURE_VIEW}".encode()
"""Of a row's hash: the event timestamp."""


def row_key(whose: Key, project: bytes) -> bytes:
    """The key of a row's hash; ``project`` is Feast's."""
    tenant_id, sku, warehouse = whose
    return b"".join((_KEY_BEGIN, _text(sku), _text(tenant_id), _text(warehouse), project))


def row_fields(prediction: Record) -> list[bytes]:
    """Names and values of a row's hash in turn, the time first."""
    value_of = prediction.__getitem__
    fields = [TIME_FIELD, timestamp(value_of("updated_at"))]
    for name, field, write in _FEATURES:
        fields += (field, write(value_of(name)))
    return fields


@lru_cache(maxsize=4_096)
def timestamp(at_ms: int) -> bytes:
    """A protobuf Timestamp; nought is left out."""
    seconds, ms = divmod(at_ms, 1_000)
    whole = _SECONDS + _varint(seconds) if seconds else b""
    return whole + _NANOS + _varint(ms * _NANOS_A_MS) if ms else whole


def time_ms(packed: bytes | None) -> int:
    """The time of a stored row in ms; -1 for None."""
    if packed is None:
        return -1
    found, at = {_SECONDS[0]: 0, _NANOS[0]: 0}, 0
    while at < len(packed):
        tag, shift, number = packed[at], 0, 0
        at += 1
        while packed[at] & 0x80:
            number |= (packed[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
        found[tag] = number | packed[at] << shift
        at += 1
    return found[_SECONDS[0]] * 1_000 + found[_NANOS[0]] // _NANOS_A_MS


def _varint(number: int) -> bytes:
    return groups_of_seven(number & _EVERY_BIT)


def _text(value: str) -> bytes:
    packed = value.encode()
    return _TEXT(ValueType.STRING.value, len(packed)) + packed


@lru_cache(maxsize=16_384)
def _whole(value: int) -> bytes:
    return _INT64 + _varint(value)


def _real(value: float) -> bytes:
    return _DOUBLE(_REAL, value)


@lru_cache(maxsize=1_024)
def _name(value: str) -> bytes:
    packed = value.encode()
    return _STRING + _varint(len(packed)) + packed


@lru_cache(maxsize=16_384)
def _time(at_ms: int | None) -> bytes:
    """Whole seconds, as `feature_writer.feast_rows.seconds` has them; nothing for none."""
    return b"" if at_ms is None else _TIME + _varint(at_ms // 1_000)


def _key_begin(names: Sequence[str]) -> bytes:
    return Struct("<I").pack(len(names)) + b"".join(map(_text, names))


_KEY_BEGIN = _key_begin(JOIN_KEYS)
_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "stock": _whole,
    "velocity": _real,
    "probability": _real,
    "predicted_oos_at": _time,
    "oos_earliest_at": _time,
    "oos_latest_at": _time,
    "alert_since": _time,
    "model_version": _name,
    "updated_at": _time,
}
_FEATURES = tuple((name, _mmh3(f"{FEATURE_VIEW}:{name}"), write) for name, write in _WRITERS.items())
