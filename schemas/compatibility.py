"""Whether the schemas of today and those of every release read each other's messages, both ways.

The rules for types are Avro's, checked by Apache's package. That looks at no logical type, and a fingerprint does not
show one either: a price of another scale would be read as another price. So a logical type must never change.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker

from schemas import avro_files

DIGESTS = "SHA256SUMS"


def incompatibilities(current: Path = avro_files.CURRENT, released: Path = avro_files.RELEASED) -> list[str]:
    """What is wrong, a readable line each; empty where all is well. The two folders hold ``.avsc`` files and releases."""
    return [
        problem
        for release in sorted(released.iterdir())
        for problem in [*_altered_files(release), *_mismatches(current, release)]
    ]


def _altered_files(release: Path) -> list[str]:
    """Files of a release that are not what its digests say: messages written by it could no longer be read."""
    if not (release / DIGESTS).exists():
        return [f"{release.name} has no {DIGESTS}"]
    expected = {name: digest for digest, name in map(str.split, (release / DIGESTS).read_text().splitlines())}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in release.glob("*.avsc")}
    return [
        f"{release.name}/{name} is not the file that was released"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def _mismatches(current: Path, release: Path) -> list[str]:
    problems = []
    for path in sorted(release.glob("*.avsc")):
        contract = f"{path.stem} of {release.name}"
        if not (current / path.name).exists():
            problems.append(f"{contract} is missing today")
            continue
        now, then = (json.loads(file.read_bytes()) for file in (current / path.name, path))
        problems += [f"{contract} cannot be read today: {why}" for why in obstacles(reader=now, writer=then)]
        problems += [
            f"{contract} cannot read today's messages: {why}" for why in obstacles(reader=then, writer=now)
        ]
    return problems


def obstacles(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    """Why a record schema cannot read what another wrote; both as the JSON of their files."""
    if _full_name(reader) != _full_name(writer):
        return [f"the record is {_full_name(reader)} for the reader and {_full_name(writer)} for the writer"]
    written = {field["name"]: field for field in writer["fields"]}
    found = []
    for field in reader["fields"]:
        if field["name"] in written:
            found += _type_obstacles(field, written[field["name"]])
        elif "default" not in field:
            found.append(f"{field['name']} is not written, and has no default")
    return found


def _type_obstacles(reader: dict[str, Any], writer: dict[str, Any]) -> list[str]:
    reader_type, writer_type = (avro.schema.parse(json.dumps(field["type"])) for field in (reader, writer))
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call] # avro annotates all but this
    messages = set(checker.get_compatibility(reader_type, writer_type).messages)
    if _logical(reader) != _logical(writer):
        messages.add(f"the reader takes {_logical(reader)}, the writer writes {_logical(writer)}")
    return [f"{reader['name']}: {message}" for message in sorted(messages)]


def _full_name(schema: dict[str, Any]) -> str:
    return f"{schema.get('namespace', '')}.{schema['name']}"


def _logical(field: dict[str, Any]) -> str:
    match avro_files.present_type(field):
        case {"logicalType": _} as avro_type:
            return avro_files.described(avro_type)
        case _:
            return "no logical type"
