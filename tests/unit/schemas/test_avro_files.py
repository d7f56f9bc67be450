"""Schemas are found, and have the fingerprint that other Avro libraries give them."""

import json
from typing import Any

import avro.schema
import pytest

from schemas import avro_files

JAVA_FINGERPRINTS = {
    "alert": "de8992864d2a7e67",
    "dead_letter": "96e0ed9081892585",
    "ingest_receipt": "bc593f9e5bb381af",
    "model_update": "15316ab721624233",
    "order_event": "bc9d1812e25a5640",
    "prediction": "ad88acb3d85e9aff",
    "tenant_settings": "dbd063342c835099",
}
"""Of release v1, little-endian, as ``SchemaNormalization.parsingFingerprint`` of Apache's Java library gave them."""


@pytest.mark.parametrize(("contract", "fingerprint"), JAVA_FINGERPRINTS.items())
def test_fingerprints_are_those_of_java(contract: str, fingerprint: str) -> None:
    schema = avro_files.released(contract, "v1")
    assert schema is not None
    assert avro_files.schema_fingerprint(schema).hex() == fingerprint


@pytest.mark.parametrize("contract", avro_files.names())
def test_fingerprints_are_those_of_apache_python(contract: str) -> None:
    # Apache's Python package keeps {"type": "long"} where a logical type was, against the specification: none shown to it
    text = (avro_files.CURRENT / f"{contract}.avsc").read_text()
    schema = avro.schema.parse(json.dumps(json.loads(text, object_hook=_without_logical_type)))
    assert avro_files.schema_fingerprint(avro_files.current(contract)) == schema.fingerprint()


def _without_logical_type(json_object: dict[str, Any]) -> Any:
    return json_object["type"] if "logicalType" in json_object else json_object


def test_an_unknown_contract_has_no_schema() -> None:
    with pytest.raises(FileNotFoundError):
        avro_files.current("weather")


def test_a_release_may_lack_a_contract() -> None:
    assert avro_files.released("weather", "v1") is None


@pytest.mark.parametrize(
    ("avro_type", "words"),
    [
        ("long", "long"),
        (["null", "string"], "string or null"),
        ({"type": "long", "logicalType": "timestamp-millis"}, "timestamp-millis"),
        (
            ["null", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}],
            "decimal(10, 2) or null",
        ),
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "one of a, b"),
        ({"type": "map", "values": "double"}, "a map of double"),
    ],
)
def test_types_in_words(avro_type: Any, words: str) -> None:
    assert avro_files.described(avro_type) == words
