"""JSON without the loss of a digit."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import json_values

from api.web import exact_json
from api.web.exact_json import NotJson, RefusedJson

decimals = st.decimals(allow_nan=False, allow_infinity=False)


@given(json_values)
def test_what_is_encoded_is_decoded(value: Any) -> None:
    assert exact_json.decode(exact_json.encode(value)) == value
    assert json.loads(exact_json.encode(value)) == value


@given(decimals)
def test_no_digit_of_a_number_is_lost(number: Decimal) -> None:
    written = f"{number:e}"
    decoded = exact_json.decode(written)
    assert isinstance(decoded, Decimal)
    assert decoded.as_tuple() == Decimal(written).as_tuple()
    assert exact_json.decode(exact_json.encode(decoded)) == decoded


def test_digits_that_no_float_has_stay() -> None:
    assert exact_json.encode(exact_json.decode(b'{"a":0.10000000000000000000000000001}')) == (
        '{"a":0.10000000000000000000000000001}'
    )


@given(json_values)
def test_canonical_json_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    assert exact_json.encode_canonically({"a": value, "b": 1}) == exact_json.encode_canonically(
        {"b": 1, "a": value}
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"secret":}',
        b"secret",
        b"{'secret':1}",
        b'{"a":1}{"b":2}',
        b"NaN",
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_json_is_refused_without_being_quoted(text: bytes) -> None:
    with pytest.raises(NotJson) as caught:
        exact_json.decode(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", [b"1e99999999999999999999", b"1" * 5000])
def test_numbers_out_of_range_are_refused(text: bytes) -> None:
    with pytest.raises(RefusedJson, match="a number is out of range"):
        exact_json.decode(text)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(RefusedJson, match="nested more than 32 levels deep"):
        exact_json.decode(b"[" * 100_000)
