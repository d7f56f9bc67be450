"""A list of suppressed SKUs cut into buckets, and whose each is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.suppression_buckets import (
    BUCKETS,
    EXPIRY_BYTES,
    HASH_BYTES,
    NEVER_S,
    bucket_of,
    entry_hash,
    key_of,
    pack,
    tenant_and_bucket,
)

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"

hashes = st.binary(min_size=HASH_BYTES, max_size=HASH_BYTES)


def test_hashes_are_those_that_lie_in_the_topic() -> None:
    # as coreutils' b2sum -l 64 prints them
    assert entry_hash("TEA-1", "").hex() == "2d2a5e30e210156a"
    assert entry_hash("TEA-1", "berlin").hex() == "f487d72eb3f7fb00"
    assert bucket_of(entry_hash("TEA-1", "")) == 0x2D2A >> 6


@given(st.lists(hashes, min_size=2))
def test_buckets_in_order_hold_hashes_in_order(many: list[bytes]) -> None:
    buckets = [bucket_of(hashed) for hashed in sorted(many)]
    assert buckets == sorted(buckets)
    assert 0 <= buckets[0] and buckets[-1] < BUCKETS


def test_each_bucket_has_its_share() -> None:
    counts = [0] * BUCKETS
    for number in range(100_000):
        counts[bucket_of(entry_hash(f"SKU-{number}", ""))] += 1
    assert max(counts) < 2 * min(counts) + 50


@given(st.dictionaries(hashes, st.integers(0, NEVER_S)))
def test_packed_entries_lie_in_order_side_by_side(entries: dict[bytes, int]) -> None:
    packed, expiries = pack(entries.items())
    places = range(len(entries))
    assert [packed[at * HASH_BYTES :][:HASH_BYTES] for at in places] == sorted(entries)
    assert {
        packed[at * HASH_BYTES :][:HASH_BYTES]: int.from_bytes(expiries[at * EXPIRY_BYTES :][:EXPIRY_BYTES])
        for at in places
    } == entries


@given(st.uuids().map(str), st.integers(0, BUCKETS - 1))
def test_a_key_tells_tenant_and_bucket(tenant: str, bucket: int) -> None:
    assert tenant_and_bucket(key_of(tenant, bucket)) == (tenant, bucket)


@pytest.mark.parametrize(
    "key",
    ["", TENANT, f"{TENANT}|", f"{TENANT}|1024", f"{TENANT}|01", f"{TENANT}|-1", f"{TENANT}|1\n", "a|1"],
)
def test_any_other_key_is_nobodys(key: str) -> None:
    with pytest.raises(ValueError, match="is no key of a bucket"):
        tenant_and_bucket(key.encode())
