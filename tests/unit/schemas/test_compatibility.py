"""Changes that would lose messages are found, each with its contract, release and field."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import avro_files
from schemas.compatibility import incompatibilities

Fields = list[dict[str, Any]]


@pytest.fixture
def current(tmp_path: Path) -> Path:
    return Path(shutil.copytree(avro_files.CURRENT, tmp_path / "avro"))


@pytest.fixture
def released(tmp_path: Path) -> Path:
    return Path(shutil.copytree(avro_files.RELEASED, tmp_path / "released"))


def test_all_versions_of_this_project_read_each_other() -> None:
    assert incompatibilities() == []


def test_a_new_field_with_a_default_is_compatible(current: Path) -> None:
    change(
        current,
        "prediction",
        lambda fields: fields.append({"name": "note", "type": ["null", "string"], "default": None}),
    )
    assert incompatibilities(current) == []


def test_a_field_with_a_default_may_go(current: Path) -> None:
    change(current, "order_event", lambda fields: drop(fields, "currency"))
    assert incompatibilities(current) == []


def drop(fields: Fields, name: str) -> None:
    fields.remove(next(field for field in fields if field["name"] == name))


def retype(fields: Fields, name: str, avro_type: Any) -> None:
    next(field for field in fields if field["name"] == name)["type"] = avro_type


NULLABLE_PRICE = ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 3}]

CHANGES: list[tuple[str, Callable[[Fields], None], list[str]]] = [
    (
        "prediction",
        lambda fields: fields.append({"name": "note", "type": "string"}),
        ["prediction of v1 cannot be read today: note is not written, and has no default"],
    ),
    (
        "prediction",
        lambda fields: drop(fields, "stock"),
        ["prediction of v1 cannot read today's messages: stock is not written, and has no default"],
    ),
    (
        "prediction",
        lambda fields: retype(fields, "stock", "string"),
        [
            "prediction of v1 cannot be read today: stock: reader type: string not compatible with writer type: long",
            "prediction of v1 cannot read today's messages: stock: reader type: long not compatible with writer type: string",
        ],
    ),
    (
        "prediction",
        lambda fields: retype(fields, "stock", "double"),
        [
            "prediction of v1 cannot read today's messages: stock: reader type: long not compatible with writer type: double"
        ],
    ),
    (
        "ingest_receipt",
        lambda fields: retype(fields, "events", ["null", "int"]),
        [
            "ingest_receipt of v1 cannot read today's messages: events: reader type: int not compatible with writer type: null"
        ],
    ),
    (
        "alert",
        lambda fields: fields[1]["type"]["symbols"].append("muted"),
        ["alert of v1 cannot read today's messages: change: {'muted'}"],
    ),
    (
        "order_event",
        lambda fields: retype(fields, "price", NULLABLE_PRICE),
        [
            "order_event of v1 cannot be read today: price: the reader takes decimal(10, 3), the writer writes decimal(10, 2)",
            "order_event of v1 cannot read today's messages: price: the reader takes decimal(10, 2), "
            "the writer writes decimal(10, 3)",
        ],
    ),
    (
        "alert",
        lambda fields: retype(fields, "raised_at", "long"),
        [
            "alert of v1 cannot be read today: raised_at: the reader takes no logical type, the writer writes timestamp-millis",
            "alert of v1 cannot read today's messages: raised_at: the reader takes timestamp-millis, "
            "the writer writes no logical type",
        ],
    ),
]


@pytest.mark.parametrize(("contract", "edit", "problems"), CHANGES)
def test_a_change_that_loses_messages_is_found(
    current: Path, contract: str, edit: Callable[[Fields], None], problems: list[str]
) -> None:
    change(current, contract, edit)
    assert incompatibilities(current) == problems


def test_another_record_name_is_found(current: Path) -> None:
    path = current / "alert.avsc"
    path.write_text(path.read_text().replace('"Alert"', '"Alarm"'))
    assert incompatibilities(current) == [
        "alert of v1 cannot be read today: the record is aurora.Alarm for the reader and aurora.Alert for the writer",
        "alert of v1 cannot read today's messages: the record is aurora.Alert for the reader and aurora.Alarm for the writer",
    ]


def test_a_contract_that_is_gone_is_found(current: Path) -> None:
    (current / "alert.avsc").unlink()
    assert incompatibilities(current) == ["alert of v1 is missing today"]


def test_a_released_file_that_changed_is_found(released: Path) -> None:
    path = released / "v1" / "alert.avsc"
    path.write_text(path.read_text() + "\n")
    assert incompatibilities(released=released) == ["v1/alert.avsc is not the file that was released"]


def test_a_released_file_that_went_or_came_is_found(released: Path) -> None:
    (released / "v1" / "alert.avsc").rename(released / "v1" / "alarm.avsc")
    assert incompatibilities(released=released) == [
        "v1/alarm.avsc is not the file that was released",
        "v1/alert.avsc is not the file that was released",
        "alarm of v1 is missing today",
    ]


def test_a_release_without_digests_is_found(released: Path) -> None:
    (released / "v1" / "SHA256SUMS").unlink()
    assert incompatibilities(released=released) == ["v1 has no SHA256SUMS"]


def change(folder: Path, contract: str, edit: Callable[[Fields], None]) -> None:
    path = folder / f"{contract}.avsc"
    schema = json.loads(path.read_bytes())
    edit(schema["fields"])
    path.write_text(json.dumps(schema))
