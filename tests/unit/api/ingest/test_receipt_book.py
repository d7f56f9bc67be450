"""The memory of batches that were taken."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import NOW_MS, TENANT

from api.ingest.receipt_book import Receipt, ReceiptBook
from schemas.encoding import UnreadableMessage, encoder

DIGEST = hashlib.sha256(b"body").digest()

receipts = st.builds(
    Receipt, st.binary(min_size=32, max_size=32), st.integers(0, 2**31 - 1), st.integers(0, 2**42)
)


def receipt(accepted_at_ms: int = NOW_MS) -> Receipt:
    return Receipt(DIGEST, 3, accepted_at_ms)


@given(receipts, st.text(min_size=1, max_size=255))
def test_a_receipt_is_read_back_from_its_message(receipt: Receipt, key: str) -> None:
    message_key, value = receipt.message(TENANT, key)
    assert message_key == f"{TENANT}|{key}".encode()
    assert Receipt.read(value) == receipt


@given(st.dictionaries(st.binary(min_size=1), receipts, max_size=20))
def test_every_receipt_is_found_by_its_key(written: dict[bytes, Receipt]) -> None:
    book = ReceiptBook()
    for key, each in written.items():
        book.add(key, each)
    assert {key: book.get(key) for key in written} == written
    assert book.get(b"") is None


def test_a_digest_that_is_none_is_unreadable() -> None:
    record = {"tenant_id": "t", "idempotency_key": "k", "digest": "x", "events": 1, "accepted_at": 0}
    with pytest.raises(UnreadableMessage):
        Receipt.read(encoder("ingest_receipt")(record))


def test_old_receipts_are_forgotten() -> None:
    book = ReceiptBook()
    for age in range(5):
        book.add(str(age).encode(), receipt(NOW_MS + age))
    book.forget_before(NOW_MS + 3)
    assert [age for age in range(5) if book.get(str(age).encode())] == [3, 4]
    book.forget_before(NOW_MS + 100)
    assert len(book) == 0


def test_the_oldest_make_room() -> None:
    book = ReceiptBook(capacity=2)
    for key in (b"a", b"b", b"a", b"c"):
        book.add(key, receipt())
    assert [key for key in (b"a", b"b", b"c") if book.get(key)] == [b"a", b"c"]
