"""What an event must be."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import (
    AHEAD_MS,
    NOW_MS,
    OTHER_TENANT,
    TENANT,
    document,
    json_values,
    line,
    rules,
    stock_documents,
)

from api.ingest import event_fields as fields
from api.ingest.event_rules import MAX_ATTRIBUTES_BYTES, QUANTITIES, BadLine
from api.ingest.order_event import OrderEvent
from api.ingest.pii import PREFIX


def event(event_type: str = "order.created", **payload: Any) -> OrderEvent:
    return rules().event(line(event_type, **payload))


def errors(text: bytes | dict[str, Any]) -> dict[str | None, str]:
    """Reasons by field."""
    with pytest.raises(BadLine) as caught:
        rules().event(json.dumps(text).encode() if isinstance(text, dict) else text)
    return {error.field: error.reason for error in caught.value.errors}


def attributes(event: OrderEvent) -> Any:
    assert event.attributes is not None
    return json.loads(event.attributes)


def test_an_order_with_everything() -> None:
    full = event(
        order_id="o-1",
        event_id="e-1",
        price=12.5,
        currency="EUR",
        occurred_at="2026-11-24T12:59:00+01:00",
    )
    assert full == OrderEvent(
        event_id="e-1",
        event_type="order.created",
        tenant_id=str(TENANT),
        sku="TEA-100",
        warehouse="north",
        qty=2,
        occurred_at=NOW_MS - 60_000,
        received_at=NOW_MS,
        expected_at=None,
        order_id="o-1",
        price=Decimal("12.50"),
        currency="EUR",
        attributes=None,
    )


def test_what_is_not_given_is_made_up() -> None:
    made = event()
    assert made.occurred_at == made.received_at == NOW_MS
    assert UUID(made.event_id).version == 4
    assert made.event_id != event().event_id


def test_null_is_as_good_as_absent() -> None:
    text = line(order_id="o").replace(b'"o"', b"null")
    assert rules().event(text).order_id is None
    assert errors(line(sku="x").replace(b'"x"', b"null")) == {"payload.sku": "is required"}


@given(stock_documents())
def test_every_valid_event_is_taken(document: dict[str, Any]) -> None:
    taken = rules().event(json.dumps(document).encode())
    payload = document["payload"]
    assert (taken.sku, taken.warehouse, taken.qty) == (payload["sku"], payload["warehouse"], payload["qty"])
    assert taken.attributes is None


@pytest.mark.parametrize("event_type", QUANTITIES)
def test_quantities_have_the_bounds_of_their_type(event_type: str) -> None:
    low, high = QUANTITIES[event_type]
    for qty in (low, high):
        assert event(event_type, qty=qty).qty == qty
    for qty in (low - 1, high + 1):
        assert errors(line(event_type, qty=qty)) == {
            "payload.qty": f"must be a whole number from {low} to {high}"
        }


def test_an_announcement_tells_when_the_goods_are_due() -> None:
    assert event("stock.inbound").expected_at == NOW_MS + 6 * 24 * 3_600_000 + 18 * 3_600_000
    assert errors(line("stock.inbound", expected_at=None)) == {"payload.expected_at": "is required"}
    assert "payload.expected_at" in errors(line("stock.inbound", expected_at="soon"))


def test_every_error_of_a_line_is_told() -> None:
    told = errors(
        line(sku="a|b", warehouse=7, qty=0, price="x", currency="EUR", occurred_at="now", event_id="")
    )
    assert set(told) == {
        f"payload.{name}" for name in ("sku", "warehouse", "qty", "price", "occurred_at", "event_id")
    }


def test_an_empty_object_lacks_everything() -> None:
    assert errors(b"{}") == dict.fromkeys(("tenant_id", "event_type", "payload"), "is required")
    assert set(errors(document(sku=None, warehouse=None, qty=None))) == {
        "payload.sku",
        "payload.warehouse",
        "payload.qty",
    }


@pytest.mark.parametrize("text", [b"[]", b'"x"', b"null", b"7"])
def test_a_line_is_an_object(text: bytes) -> None:
    assert errors(text) == {None: "not a JSON object"}


def test_the_tenant_in_upper_case_is_the_same() -> None:
    assert rules().event(json.dumps(document(tenant_id=str(TENANT).upper())).encode()).tenant_id == str(
        TENANT
    )


def test_another_tenant_is_refused() -> None:
    assert errors(document(tenant_id=str(OTHER_TENANT))) == {
        "tenant_id": "is not the tenant of the access token"
    }


def test_nothing_else_stands_in_the_envelope() -> None:
    assert list(errors({**document(), "source": "till"})) == [None]


def test_the_future_is_tolerated_for_five_minutes() -> None:
    assert event(occurred_at="2026-11-24T12:05:00Z").occurred_at == NOW_MS + AHEAD_MS
    assert list(errors(line(occurred_at="2026-11-24T12:05:00.001Z"))) == ["payload.occurred_at"]


def test_a_price_needs_a_currency() -> None:
    assert errors(line(price="1.00")) == {"payload.price": "needs a currency"}
    assert event(currency="EUR").price is None


def test_the_former_name_of_sku() -> None:
    checked = rules()
    assert checked.event(line(sku=None, sku_id="OLD")).sku == "OLD"
    assert checked.saw_sku_id


def test_both_names_of_sku() -> None:
    checked = rules()
    checked.event(line())
    assert not checked.saw_sku_id
    assert checked.event(line(sku_id="TEA-100")).attributes is None
    assert checked.saw_sku_id
    assert errors(line(sku_id="OTHER")) == {"payload.sku_id": "differs from sku"}


@given(st.dictionaries(st.text(max_size=20).map("x_{}".format), json_values, min_size=1, max_size=5))
def test_whatever_else_a_payload_holds_is_kept(extra: dict[str, Any]) -> None:
    assert attributes(event(**{"first": 1, **extra})) == {
        "first": 1,
        **{name: value for name, value in extra.items() if value is not None},
    }


def test_numbers_among_the_rest_keep_their_digits() -> None:
    text = line(weight=0).replace(b'"weight": 0', b'"weight": 1.10000000000000000000000000000001')
    assert rules().event(text).attributes == '{"weight":1.10000000000000000000000000000001}'


def test_an_event_of_another_type_is_stored_with_all_it_holds() -> None:
    stored = event(
        "page.viewed", qty="many", occurred_at="yesterday", expected_at="never", price="5", url="/tea"
    )
    assert (stored.sku, stored.warehouse, stored.qty, stored.price) == ("TEA-100", "north", None, None)
    assert stored.occurred_at == NOW_MS
    assert attributes(stored) == {
        "qty": "many",
        "occurred_at": "yesterday",
        "expected_at": "never",
        "price": "5",
        "url": "/tea",
    }


def test_an_event_of_another_type_needs_nothing() -> None:
    bare = event("shop.opened", sku=None, warehouse=None, qty=None)
    assert (bare.sku, bare.key, bare.attributes) == (None, None, None)


def test_two_names_for_two_things_in_an_event_of_another_type() -> None:
    both = event("page.viewed", sku_id="OTHER")
    assert both.sku == "TEA-100"
    assert attributes(both) == {"sku_id": "OTHER"}


@pytest.mark.parametrize("event_type", ["order.created", "page.viewed"])
def test_personal_data_is_hashed_in_every_type(event_type: str) -> None:
    text = line(event_type, customer={"Phone": ["+49 30 1"]}, x="ann@example.com")
    stored = rules().event(text.replace(b'"x"', b'"customer\\u005femail"')).attributes
    assert stored is not None and "ann" not in stored and "+49" not in stored
    assert stored.count(PREFIX) == 2


def test_reasons_do_not_quote_values() -> None:
    secret = "ann@example.com\n"
    wrong = {
        name: secret
        for name in (
            "sku",
            "warehouse",
            "qty",
            "price",
            "currency",
            "occurred_at",
            "order_id",
            "event_id",
            "sku_id",
        )
    }
    told = errors(line(**wrong)) | errors({secret: 1, **document(tenant_id=secret)}) | errors(secret.encode())
    assert len(told) > 8
    assert not any("ann" in reason for reason in told.values())


def test_attributes_that_grow_too_large_are_refused() -> None:
    many = [{"phone": str(number)} for number in range(MAX_ATTRIBUTES_BYTES // 80)]
    assert list(errors(line(contacts=many))) == ["payload"]


def test_nesting_has_a_limit() -> None:
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    assert errors(line(deep=deep)) == {None: "nested more than 32 levels deep"}


def test_the_bounds_are_those_of_the_ledger() -> None:
    assert fields.MAX_QTY == 1_000_000 and fields.MAX_COUNT == 1_000_000_000
