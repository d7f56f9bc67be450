"""Single values: what the examples of whole messages do not reach."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.readers import FAULTS, read_long, reader_of
from schemas.writers import MISFITS, write_long, writer_of

PRICE = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
CHANGE = {"type": "enum", "name": "Change", "symbols": ["raised", "resolved"]}
SCORES = {"type": "map", "values": "double"}


@given(st.integers(-(2**63), 2**63 - 1), st.binary(), st.binary())
def test_a_long_is_read_wherever_it_stands(value: int, before: bytes, after: bytes) -> None:
    written = write_long(value)
    assert read_long(before + written + after, len(before)) == (value, len(before + written))


@pytest.mark.parametrize(
    ("avro_type", "written"),
    [
        pytest.param("long", b"", id="nothing"),
        pytest.param("long", b"\x80" * 9, id="a long that does not end"),
        pytest.param("long", b"\x80" * 10 + b"\x01", id="a long of eleven bytes"),
        pytest.param("long", b"\xff" * 9 + b"\x02", id="a long of 65 bits"),
        pytest.param("int", write_long(2**31), id="an int of 33 bits"),
        pytest.param("string", b"\x06ab", id="a string that ends early"),
        pytest.param("string", write_long(100) + b"ab", id="a long string that ends early"),
        pytest.param("string", write_long(-1) + b"ab", id="a string shorter than nothing"),
        pytest.param("string", b"\x04\xc3\x28", id="a string that is not UTF-8"),
        pytest.param("bytes", write_long(-3) + b"abcdef", id="bytes fewer than none"),
        pytest.param("double", bytes(7), id="seven bytes of a double"),
        pytest.param(["null", "long"], b"\x01\x02", id="branch -1 of a union"),
        pytest.param(["null", "long"], b"\x04\x02", id="branch 2 of a union"),
        pytest.param(CHANGE, write_long(-1), id="symbol -1"),
        pytest.param(CHANGE, write_long(2), id="symbol 2 of two"),
        pytest.param(PRICE, b"\x0a" + (10**10).to_bytes(5, "big"), id="a decimal of eleven digits"),
        pytest.param({"type": "long", "logicalType": "timestamp-millis"}, write_long(2**62), id="a far time"),
        pytest.param(SCORES, write_long(2**62), id="a map of quintillions"),
        pytest.param(SCORES, write_long(-(2**63)), id="a map of fewer than none"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_a_fault(avro_type: Any, written: bytes) -> None:
    with pytest.raises(FAULTS):
        reader_of(avro_type)(written, 0)


def test_a_map_may_come_in_blocks_that_tell_their_size() -> None:
    one, two = (
        writer_of("string")(key) + writer_of("double")(value) for key, value in (("a", 1.0), ("b", 2.0))
    )
    blocks = write_long(-1) + write_long(len(one)) + one + write_long(1) + two + write_long(0)
    assert reader_of(SCORES)(blocks, 0) == ({"a": 1.0, "b": 2.0}, len(blocks))


@pytest.mark.parametrize("avro_type", ["float", ["string", "long"], {"type": "array", "items": "long"}])
def test_a_type_that_no_contract_has_is_refused_at_once(avro_type: Any) -> None:
    with pytest.raises(TypeError, match="no reader"):
        reader_of(avro_type)
    with pytest.raises(TypeError, match="no writer"):
        writer_of(avro_type)


@pytest.mark.parametrize(
    ("avro_type", "value"),
    [
        ("int", 2**31),
        ("long", -(2**63) - 1),
        ("bytes", "text"),
        ("double", "1.0"),
        (SCORES, [1.0]),
        (CHANGE, "muted"),
    ],
)
def test_a_writer_refuses_what_is_not_of_its_type(avro_type: Any, value: Any) -> None:
    with pytest.raises(MISFITS):
        writer_of(avro_type)(value)
