"""Records survive their encoding, and bytes that are no message are told so."""

import json
from base64 import b64decode
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastavro import schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from schemas import avro_files, examples
from schemas.encoding import HEADER_BYTES, MARKER, UnfitRecord, UnreadableMessage, decoder, encoder
from schemas.logical import EPOCH, to_milliseconds
from schemas.writers import write_long

Fields = list[dict[str, Any]]

GOLDEN = Path(__file__).parent / "golden"

every_contract = pytest.mark.parametrize("contract", avro_files.names())


@every_contract
@given(data=st.data())
def test_what_is_encoded_is_decoded(contract: str, records_of: Any, data: st.DataObject) -> None:
    record = data.draw(records_of(contract))
    message = encoder(contract)(record)
    assert decoder(contract)(message) == record
    stored = decoder(contract, "ms")(message)
    assert stored == {name: _with_times_in_ms(value) for name, value in record.items()}
    assert encoder(contract)(stored) == message


def _with_times_in_ms(value: Any) -> Any:
    return to_milliseconds(value) if isinstance(value, datetime) else value


@every_contract
@given(data=st.data())
def test_the_bytes_are_those_of_fastavro(contract: str, records_of: Any, data: st.DataObject) -> None:
    record = data.draw(records_of(contract))
    schema = avro_files.current(contract)
    body = BytesIO()
    schemaless_writer(body, schema, record)
    assert encoder(contract)(record) == MARKER + avro_files.schema_fingerprint(schema) + body.getvalue()


@every_contract
@given(data=st.data())
def test_neither_part_of_a_message_nor_more_is_a_message(
    contract: str, records_of: Any, data: st.DataObject
) -> None:
    message = encoder(contract)(data.draw(records_of(contract)))
    length = data.draw(st.integers(0, len(message) - 1))
    assert _reason(contract, message[:length]) == "malformed"
    assert _reason(contract, message + data.draw(st.binary(min_size=1))) == "malformed"


HOSTILE = [write_long(n) for n in (-1, -(2**63), 2**31 - 1, 2**31, 2**40, 2**62, 2**63 - 1)]


@every_contract
@given(data=st.data())
def test_damaged_bytes_give_a_record_or_a_reason(contract: str, records_of: Any, data: st.DataObject) -> None:
    message = encoder(contract)(data.draw(records_of(contract)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(HEADER_BYTES, len(message)))
        lost = data.draw(st.integers(0, 4))
        message = (
            message[:at] + data.draw(st.binary(max_size=12) | st.sampled_from(HOSTILE)) + message[at + lost :]
        )
    try:
        record = decoder(contract)(message)
    except UnreadableMessage as problem:
        assert problem.reason == "malformed"
        assert contract in problem.detail
    else:
        encoder(contract)(record)


@every_contract
@given(body=st.binary())
def test_any_bytes_give_a_record_or_a_reason(contract: str, body: bytes) -> None:
    header = MARKER + avro_files.schema_fingerprint(avro_files.current(contract))
    try:
        encoder(contract)(decoder(contract)(header + body))
    except UnreadableMessage as problem:
        assert problem.reason == "malformed"


@every_contract
@given(fingerprint=st.binary(min_size=8, max_size=8))
def test_an_unknown_fingerprint_is_told_apart(contract: str, fingerprint: bytes) -> None:
    assert _reason(contract, MARKER + fingerprint) == "unknown-schema"


@every_contract
def test_a_message_without_value_is_a_tombstone(contract: str) -> None:
    with pytest.raises(UnreadableMessage) as problem:
        decoder(contract)(None)
    assert problem.value.reason == "tombstone"


@every_contract
def test_fields_that_have_a_default_may_be_left_out(contract: str) -> None:
    record = next(iter(examples.valid(contract).values()))
    defaults = {
        field["name"]: field["default"]
        for field in avro_files.current(contract)["fields"]
        if "default" in field
    }
    required = {name: value for name, value in record.items() if name not in defaults}
    assert encoder(contract)(required) == encoder(contract)({**required, **defaults})


def test_a_record_is_told_everything_that_does_not_fit() -> None:
    record = {**examples.valid("tenant_settings")["all-skus"], "tenant_id": 7, "sku": 8}
    del record["threshold"]
    with pytest.raises(UnfitRecord) as problem:
        encoder("tenant_settings")(record)
    assert str(problem.value) == (
        "tenant_settings.tenant_id takes string, not 7; tenant_settings.sku takes string or null, not 8; "
        "tenant_settings.threshold is missing"
    )


def test_a_time_is_cut_to_milliseconds() -> None:
    record = examples.valid("tenant_settings")["all-skus"]
    finer = {**record, "updated_at": record["updated_at"].replace(microsecond=123_999)}
    decoded = decoder("tenant_settings")(encoder("tenant_settings")(finer))
    assert decoded["updated_at"].microsecond == 123_000


@pytest.mark.parametrize("release", avro_files.releases())
@every_contract
def test_messages_of_every_release_read_as_they_did(contract: str, release: str) -> None:
    if avro_files.released(contract, release) is None:
        return
    for golden in json.loads((GOLDEN / release / f"{contract}.json").read_bytes()):
        record = decoder(contract)(b64decode(golden["message_base64"]))
        assert record == {**record, **examples.record(contract, golden["record"])}


class TestOlderReleases:
    """A contract that changed: read by today's schema from what the release wrote."""

    THEN: Fields = [{"name": "sku", "type": "string"}, {"name": "shelf", "type": "string", "default": ""}]
    NOW: Fields = [
        {"name": "aisle", "type": ["null", "string"], "default": None},
        {"name": "sku", "type": "string"},
        {"name": "seen_at", "type": {"type": "long", "logicalType": "timestamp-millis"}, "default": 0},
    ]

    def test_a_new_field_takes_its_default_and_an_old_one_goes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        current, released = tmp_path / "avro", tmp_path / "released"
        then = self._write(released / "v1", self.THEN)
        self._write(current, self.NOW)
        monkeypatch.setattr(avro_files, "CURRENT", current)
        monkeypatch.setattr(avro_files, "RELEASED", released)
        body = BytesIO()
        schemaless_writer(body, then, {"sku": "A", "shelf": "7"})
        old = MARKER + avro_files.schema_fingerprint(then) + body.getvalue()
        assert decoder("shelf_of_this_test", "ms")(old) == {"aisle": None, "sku": "A", "seen_at": 0}
        new = encoder("shelf_of_this_test")({"sku": "B"})
        assert decoder("shelf_of_this_test")(new) == {"aisle": None, "sku": "B", "seen_at": EPOCH}
        assert decoder("shelf_of_this_test")(old) == {"aisle": None, "sku": "A", "seen_at": EPOCH}

    @staticmethod
    def _write(folder: Path, fields: Fields) -> dict[str, Any]:
        schema = {"type": "record", "name": "Shelf", "fields": fields}
        folder.mkdir(parents=True)
        (folder / "shelf_of_this_test.avsc").write_text(json.dumps(schema))
        return schema


def _reason(contract: str, message: bytes) -> str:
    with pytest.raises(UnreadableMessage) as problem:
        decoder(contract)(message)
    return problem.value.reason
