"""Events for the gateway's tests: valid ones of every kind, and the rules of one tenant at one moment."""

import json
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from api.ingest.event_rules import ANNOUNCEMENT, QUANTITIES, EventRules
from api.ingest.pii import PiiHasher

TENANT = UUID("123e4567-e89b-42d3-a456-426614174000")
OTHER_TENANT = UUID("00000000-0000-4000-8000-000000000001")
# 2026-11-24T12:00:00Z
NOW_MS = 1_795_521_600_000
AHEAD_MS = 300_000
KEY = bytes(range(32))


def rules() -> EventRules:
    """The tenant's rules at ``NOW_MS``, with five minutes of tolerance."""
    return EventRules(TENANT, NOW_MS, NOW_MS + AHEAD_MS, PiiHasher(KEY, TENANT))


def document(
    event_type: str = "order.created", tenant_id: object = str(TENANT), **payload: Any
) -> dict[str, Any]:
    """A valid event of a stock type, but for what is given; ``None`` leaves a field out."""
    usual = {"sku": "TEA-100", "warehouse": "north", "qty": 2}
    if event_type == ANNOUNCEMENT:
        usual["expected_at"] = "2026-12-01T06:00:00Z"
    chosen = {name: value for name, value in {**usual, **payload}.items() if value is not None}
    return {"tenant_id": tenant_id, "event_type": event_type, "payload": chosen}


def line(event_type: str = "order.created", **payload: Any) -> bytes:
    """``document`` as a line."""
    return json.dumps(document(event_type, **payload)).encode()


names = st.text(
    st.characters(exclude_characters="|", exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=64
).filter(lambda text: text == text.strip())
identifiers = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=128)
hundredths = st.integers(1, 9_999_999_999)
times = st.datetimes().map(lambda moment: f"{moment.replace(year=2000 + moment.year % 26).isoformat()}Z")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def stock_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Valid events of the stock types, with and without every optional field."""
    event_type = draw(st.sampled_from(sorted(QUANTITIES)))
    payload: dict[str, Any] = {
        "sku": draw(names),
        "warehouse": draw(names),
        "qty": draw(st.integers(*QUANTITIES[event_type])),
    }
    optional = {
        "order_id": identifiers,
        "event_id": identifiers,
        "occurred_at": times,
        "currency": st.sampled_from(["EUR", "USD"]),
    }
    for name in draw(st.sets(st.sampled_from(sorted(optional)))):
        payload[name] = draw(optional[name])
    if "currency" in payload and draw(st.booleans()):
        cents = draw(hundredths)
        payload["price"] = f"{cents // 100}.{cents % 100:02}"
    if event_type == ANNOUNCEMENT:
        payload["expected_at"] = draw(times)
    return {"tenant_id": str(TENANT), "event_type": event_type, "payload": payload}
