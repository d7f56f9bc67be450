"""The examples of each contract, as files that people read and other languages' tests load too.

A record in JSON has times in ISO 8601, decimals as text and bytes in base64.
"""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from schemas import avro_files
from schemas.encoding import Record, UnfitRecord

EXAMPLES = Path(__file__).parent / "examples"

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"
"""Whose topic the order events are meant for."""

_from_base64 = partial(b64decode, validate=True)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A record, in its JSON form, that the encoder refuses; ``reason`` is part of what it says."""

    reason: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that ends as a dead letter with this reason."""

    reason: str
    doc: str
    value: bytes | None


def valid(contract: str) -> dict[str, Record]:
    """Records that fit, by the example's name."""
    return {name: record(contract, document) for name, document in _documents(contract, "valid")}


def invalid(contract: str) -> dict[str, Unfit]:
    """Records that do not fit, by the example's name."""
    return {
        name: Unfit(document["reason"], document["record"])
        for name, document in _documents(contract, "invalid")
    }


def unreadable(contract: str) -> dict[str, Unreadable]:
    """Messages that no record comes from, or none that the risk job takes, by the example's name."""
    return {
        name: Unreadable(document["reason"], document["doc"], _bytes(document["value_base64"]))
        for name, document in _documents(contract, "unreadable")
    }


def record(contract: str, document: dict[str, Any]) -> Record:
    """The record that a JSON document stands for. Raises `UnfitRecord` for text that is no time, decimal or base64."""
    types = {
        field["name"]: avro_files.present_type(field) for field in avro_files.current(contract)["fields"]
    }
    return {name: _value(f"{contract}.{name}", types.get(name), value) for name, value in document.items()}


def _value(name: str, avro_type: Any, value: Any) -> Any:
    parse = _parser(avro_type)
    if parse is None or not isinstance(value, str):
        return value
    try:
        return parse(value)
    except (ValueError, ArithmeticError) as error:
        raise UnfitRecord(f"{name} takes {avro_files.described(avro_type)}, not {value!r:.80}") from error


def _parser(avro_type: Any) -> Callable[[str], Any] | None:
    match avro_type:
        case {"logicalType": "timestamp-millis"}:
            return datetime.fromisoformat
        case {"logicalType": "decimal"}:
            return Decimal
        case "bytes":
            return _from_base64
        case _:
            return None


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else _from_base64(text)


def _documents(contract: str, kind: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.stem, json.loads(path.read_bytes()))
        for path in sorted((EXAMPLES / contract / kind).glob("*.json"))
    ]
