"""The example files are what they say, and show what a contract can hold."""

import pytest

from schemas import avro_files, examples
from schemas.encoding import UnfitRecord, UnreadableMessage, decoder, encoder

REFUSED_BY_EVERY_READER = {"tombstone", "malformed", "unknown-schema"}
REFUSED_BY_THE_RISK_JOB = {"wrong-tenant", "invalid"}

every_contract = pytest.mark.parametrize("contract", avro_files.names())


@every_contract
def test_valid_records_go_through(contract: str) -> None:
    for name, record in examples.valid(contract).items():
        decoded = decoder(contract)(encoder(contract)(record))
        assert decoded == {**decoded, **record}, name


@every_contract
def test_valid_records_show_each_field_that_may_be_null_with_and_without_a_value(contract: str) -> None:
    records = examples.valid(contract).values()
    for field in avro_files.current(contract)["fields"]:
        if "null" in field["type"]:
            shown = {record[field["name"]] is None for record in records if field["name"] in record}
            assert shown == {True, False}, field["name"]


@every_contract
def test_invalid_records_are_refused_with_their_reason(contract: str) -> None:
    for name, unfit in examples.invalid(contract).items():
        with pytest.raises(UnfitRecord) as problem:
            encoder(contract)(examples.record(contract, unfit.document))
        assert unfit.reason in str(problem.value), name


@every_contract
def test_unreadable_messages_have_their_reason(contract: str) -> None:
    for name, unreadable in examples.unreadable(contract).items():
        if unreadable.reason in REFUSED_BY_EVERY_READER:
            with pytest.raises(UnreadableMessage) as problem:
                decoder(contract)(unreadable.value)
            assert problem.value.reason == unreadable.reason, name


@every_contract
def test_there_are_examples_of_every_kind(contract: str) -> None:
    assert len(examples.valid(contract)) >= 4
    assert len(examples.invalid(contract)) >= 4
    assert REFUSED_BY_EVERY_READER <= {each.reason for each in examples.unreadable(contract).values()}


def test_the_risk_job_alone_refuses_good_avro() -> None:
    refused = [
        each for each in examples.unreadable("order_event").values() if each.reason in REFUSED_BY_THE_RISK_JOB
    ]
    assert {each.reason for each in refused} == REFUSED_BY_THE_RISK_JOB
    for each in refused:
        foreign = decoder("order_event", times="ms")(each.value)["tenant_id"] != examples.TENANT
        assert foreign == (each.reason == "wrong-tenant"), each.doc


def test_text_that_is_no_time_is_refused() -> None:
    with pytest.raises(UnfitRecord, match=r"alert\.raised_at takes timestamp-millis, not 'noon'"):
        examples.record("alert", {"raised_at": "noon"})
