"""Events as Avro messages."""

from io import BytesIO

import fastavro
import msgspec
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import NOW_MS

from api.ingest.order_event import OrderEvent, message_encoder
from schemas import avro_files
from schemas.encoding import HEADER_BYTES, decoder

texts = st.text(max_size=300)
times = st.integers(946_684_800_000, 4_102_444_799_999)

events = st.builds(
    OrderEvent,
    event_id=texts,
    event_type=texts,
    tenant_id=texts,
    sku=st.none() | texts,
    warehouse=st.none() | texts,
    qty=st.none() | st.integers(-1_000_000, 1_000_000_000),
    occurred_at=times,
    received_at=times,
    expected_at=st.none() | times,
    order_id=st.none() | texts,
    price=st.none() | st.decimals("0.01", "99999999.99", places=2),
    currency=st.none() | st.just("EUR"),
    attributes=st.none() | texts,
)


@given(events)
def test_a_message_is_byte_for_byte_what_fastavro_writes(event: OrderEvent) -> None:
    body = BytesIO()
    fastavro.schemaless_writer(body, avro_files.current("order_event"), msgspec.structs.asdict(event))
    assert message_encoder()(event)[HEADER_BYTES:] == body.getvalue()


@given(events)
def test_a_message_is_read_back(event: OrderEvent) -> None:
    assert decoder("order_event", times="ms")(message_encoder()(event)) == msgspec.structs.asdict(event)


def test_events_of_one_sku_and_warehouse_share_a_key() -> None:
    event = OrderEvent("e", "x", "t", "A", "w", 1, NOW_MS, NOW_MS, None, None, None, None, None)
    assert event.key == b"A|w"
    assert msgspec.structs.replace(event, warehouse=None).key == b"A|"
    assert msgspec.structs.replace(event, sku=None).key is None
