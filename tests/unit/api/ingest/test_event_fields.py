"""What each field of an event may hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import NOW_MS, hundredths, identifiers, names

from api.ingest import event_fields as fields
from api.ingest.event_fields import Refused

INSTANT = fields.instant(NOW_MS, "in the future")


def refused(check: Callable[[object], object], value: object) -> str:
    with pytest.raises(Refused) as caught:
        check(value)
    return str(caught.value)


@given(hundredths)
def test_a_price_is_exact_as_a_string_and_as_a_number(cents: int) -> None:
    exact = Decimal(cents).scaleb(-2)
    assert fields.price(f"{cents // 100}.{cents % 100:02}") == exact
    assert fields.price(exact) == exact
    assert fields.price(exact).as_tuple().exponent == -2


@given(st.decimals(min_value=Decimal("0.001"), max_value=10**8, allow_nan=False))
def test_a_price_is_never_rounded(amount: Decimal) -> None:
    try:
        taken = fields.price(amount)
    except Refused:
        cents = amount.scaleb(2)
        assert cents != int(cents) or amount > fields.MAX_PRICE
    else:
        assert taken == amount


@pytest.mark.parametrize(
    "value",
    [
        "12.345",
        Decimal("12.3000000000000000000000000000001"),
        "0",
        "0.00",
        0,
        "-1",
        "100000000",
        Decimal("1E+400"),
        Decimal("1E-400"),
        "1e2",
        "1_000",
        " 12",
        "NaN",
        "Infinity",
        "١٢",
        "",
        True,
        None,
        ["12"],
        "9" * 1000,
    ],
)
def test_prices_that_are_none(value: object) -> None:
    refused(fields.price, value)


@pytest.mark.parametrize("value", ["12.500", "0012.5", Decimal("1.25E+1"), Decimal("12.5")])
def test_one_price_in_many_spellings(value: object) -> None:
    assert str(fields.price(value)) == "12.50"


@given(names)
def test_names_are_kept(name: str) -> None:
    assert fields.name(name) == name


@pytest.mark.parametrize("value", ["", " a", "a ", "a|b", "a\nb", "a\x7f", "\u3000a", "x" * 65, 7, None])
def test_names_that_are_none(value: object) -> None:
    refused(fields.name, value)


@given(identifiers)
def test_identifiers_are_kept(identifier: str) -> None:
    assert fields.identifier(identifier) == identifier


@pytest.mark.parametrize("value", ["", "x" * 129, "a\x00", "a\nb", 7, None])
def test_identifiers_that_are_none(value: object) -> None:
    refused(fields.identifier, value)


@pytest.mark.parametrize("value", ["order.created", "page-view", "a", "a1.b_2"])
def test_event_types(value: str) -> None:
    assert fields.event_type(value) == value


@pytest.mark.parametrize("value", ["", "Order.created", "a..b", ".a", "a.", "a b", "a" * 65, 7, "é"])
def test_event_types_that_are_none(value: object) -> None:
    refused(fields.event_type, value)


@given(st.uuids())
def test_a_guid_in_either_case(guid: UUID) -> None:
    assert fields.guid(str(guid)) == fields.guid(str(guid).upper()) == guid


@pytest.mark.parametrize(
    "value", ["", "123e4567e89b42d3a456426614174000", "{123e4567-e89b-42d3-a456-426614174000}", 7]
)
def test_guids_that_are_none(value: object) -> None:
    refused(fields.guid, value)


@pytest.mark.parametrize("value", [0, 6, 2**70, -1, 1.0, Decimal(3), "3", True, None])
def test_quantities_out_of_bounds(value: object) -> None:
    assert refused(fields.quantity(1, 5), value) == "must be a whole number from 1 to 5"


@given(st.integers(1, 5))
def test_quantities_within_bounds(value: int) -> None:
    assert fields.quantity(1, 5)(value) == value


@pytest.mark.parametrize("value", ["eur", "EURO", "E1R", "ÄÖÜ", "", 978])
def test_currencies_that_are_none(value: object) -> None:
    refused(fields.currency, value)


@given(st.integers(fields.EARLIEST_MS, NOW_MS), st.integers(-23, 23), st.booleans())
def test_an_instant_is_the_same_in_every_zone(at_ms: int, offset_h: int, zulu: bool) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    if zulu:
        text = moment.isoformat().replace("+00:00", "Z")
    else:
        local = (moment + timedelta(hours=offset_h)).replace(tzinfo=None).isoformat()
        text = f"{local}{offset_h:+03}:00"
    assert INSTANT(text) == at_ms


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("2026-11-24T12:00:00", "must have an offset"),
        ("2026-11-24T12:00:00.001Z", "must not be in the future"),
        ("1999-12-31T23:59:59.999Z", "must not be before 2000"),
        ("0001-01-01T00:00:00+23:59", "must not be before 2000"),
        ("2026-02-30T00:00:00Z", "must be an RFC 3339 time"),
        ("24.11.2026", "must be an RFC 3339 time"),
        (NOW_MS, "must be an RFC 3339 time"),
    ],
)
def test_times_that_are_none(value: object, reason: str) -> None:
    assert refused(INSTANT, value).startswith(reason)


def test_less_than_a_millisecond_is_cut_off() -> None:
    assert INSTANT("2026-11-24T11:59:59.999999Z") == NOW_MS - 1
