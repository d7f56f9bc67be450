"""Where the Avro schemas lie, read once: the current ones, and those of every release."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

HERE = Path(__file__).parent
CURRENT = HERE / "avro"
RELEASED = HERE / "released"

Schema = dict[str, Any]


def names() -> list[str]:
    """Names of all contracts, such as ``order_event``, sorted."""
    return sorted(path.stem for path in CURRENT.glob("*.avsc"))


def releases() -> list[str]:
    """Names of the releases, oldest first, such as ``v1``."""
    return sorted((path.name for path in RELEASED.iterdir() if path.is_dir()), key=lambda name: int(name[1:]))


@cache
def current(name: str) -> Schema:
    """The schema that this version of Aurora writes and reads. Raises ``FileNotFoundError`` for an unknown name."""
    return _parsed(json.loads((CURRENT / f"{name}.avsc").read_bytes()))


@cache
def released(name: str, release: str) -> Schema | None:
    """The schema as it was in a release; ``None`` where that release did not have it yet."""
    path = RELEASED / release / f"{name}.avsc"
    return _parsed(json.loads(path.read_bytes())) if path.exists() else None


@cache
def by_fingerprint(name: str) -> dict[bytes, Schema]:
    """Every version of a contract, by the 8-byte little-endian CRC-64-AVRO fingerprint that messages carry."""
    versions = [*(schema for release in releases() if (schema := released(name, release))), current(name)]
    return {schema_fingerprint(schema): schema for schema in versions}


def schema_fingerprint(schema: Schema) -> bytes:
    """The schema's fingerprint as the Avro specification puts it into single-object encoding."""
    # fastavro prints the little-endian byte order as hex, which is what goes on the wire
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def present_type(field: dict[str, Any]) -> Any:
    """The Avro type of a field's values when they are not null."""
    match field["type"]:
        case ["null", present]:
            return present
        case anything:
            return anything


def described(avro_type: Any) -> str:
    """An Avro type in a few words, such as ``decimal(10, 2) or null``."""
    match avro_type:
        case ["null", present]:
            return f"{described(present)} or null"
        case {"logicalType": "decimal", "precision": precision, "scale": scale}:
            return f"decimal({precision}, {scale})"
        case {"logicalType": name}:
            return str(name)
        case {"type": "enum", "symbols": symbols}:
            return f"one of {', '.join(symbols)}"
        case {"type": "map", "values": values}:
            return f"a map of {described(values)}"
        case _:
            return str(avro_type)


def _parsed(source: Any) -> Schema:
    parsed = fastavro.parse_schema(source)
    assert isinstance(parsed, dict)
    return parsed
