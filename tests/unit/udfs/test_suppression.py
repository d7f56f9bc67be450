"""A SKU is suppressed if and only if its list says so and the entry has not expired."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import examples
from schemas.suppression_buckets import NEVER_S, bucket_of, entry_hash, pack
from udfs.suppression import Bucket, Buckets, is_suppressed

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"
OTHER = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1ab"
NOON_S = 1_800_000_000

names = st.sampled_from(["A", "B", "C", "Ä"])
entries = st.dictionaries(
    st.tuples(names, names | st.just("")), st.integers(NOON_S - 2, NOON_S + 2) | st.just(NEVER_S)
)


def buckets_of(entries: dict[tuple[str, str], int], tenant_id: str = TENANT) -> Buckets:
    found: dict[tuple[str, int], list[tuple[bytes, int]]] = {}
    for (sku, warehouse), expiry_s in entries.items():
        hashed = entry_hash(sku, warehouse)
        found.setdefault((tenant_id, bucket_of(hashed)), []).append((hashed, expiry_s))
    return {place: Bucket(*pack(packed)) for place, packed in found.items()}


@given(entries, names, names)
def test_a_look_into_the_buckets_says_what_the_list_says(
    entries: dict[tuple[str, str], int], sku: str, warehouse: str
) -> None:
    listed = [entries[name] for name in ((sku, warehouse), (sku, "")) if name in entries]
    expected = any(expiry_s > NOON_S for expiry_s in listed)
    assert is_suppressed(f"{TENANT}|{sku}|{warehouse}", NOON_S * 1_000, buckets_of(entries)) == expected


@given(st.dictionaries(st.binary(min_size=8, max_size=8), st.integers(0, NEVER_S), min_size=1), st.data())
def test_a_bucket_holds_what_was_packed_and_nothing_else(
    packed: dict[bytes, int], data: st.DataObject
) -> None:
    bucket = Bucket(*pack(packed.items()))
    asked = data.draw(st.sampled_from(sorted(packed)) | st.binary(min_size=8, max_size=8))
    assert bucket.holds(asked, -1) == (asked in packed)


def test_an_entry_ends_with_the_first_moment_of_its_expiry() -> None:
    listed = buckets_of({("A", ""): NOON_S})
    assert is_suppressed(f"{TENANT}|A|berlin", NOON_S * 1_000 - 1, listed)
    assert not is_suppressed(f"{TENANT}|A|berlin", NOON_S * 1_000, listed)


def test_a_list_is_one_tenants() -> None:
    assert not is_suppressed(f"{OTHER}|A|berlin", 0, buckets_of({("A", ""): NEVER_S}))


def test_a_bucket_is_read_from_its_message() -> None:
    record = examples.valid("suppression_bucket")["one-for-all-warehouses"]
    listed = {(TENANT, record["bucket"]): Bucket.of(record)}
    assert is_suppressed(f"{TENANT}|TEA-1|berlin", 0, listed)
    assert not is_suppressed(f"{TENANT}|TEA-2|berlin", 0, listed)


@pytest.mark.parametrize("change", [{"hashes": bytes(7)}, {"expiries": bytes(8)}, {"bucket": 1_024}])
def test_a_bucket_that_contradicts_itself_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="bucket|bytes"):
        Bucket.of({**examples.valid("suppression_bucket")["one-for-all-warehouses"], **change})
