"""Whether a tenant wants no alert of a SKU: a look into packed hashes, without unpacking them."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.encoding import Record
from schemas.suppression_buckets import (
    BUCKETS,
    EXPIRY_BYTES,
    HASH_BYTES,
    NEVER_S,
    bucket_of,
    entry_hash,
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of a tenant's list, as `schemas.suppression_buckets` packs it: 12 bytes an entry."""

    hashes: bytes
    expiries: bytes

    @classmethod
    def of(cls, record: Record) -> "Bucket":
        """From a record of the contract ``suppression_bucket``. Raises ``ValueError`` where it contradicts itself."""
        hashes, expiries = record["hashes"], record["expiries"]
        count, odd = divmod(len(hashes), HASH_BYTES)
        if odd or len(expiries) != count * EXPIRY_BYTES:
            raise ValueError(
                f"{len(hashes)} bytes of hashes do not go with {len(expiries)} bytes of expiries"
            )
        if not 0 <= record["bucket"] < BUCKETS:
            raise ValueError(f"there is no bucket {record['bucket']}")
        return cls(hashes, expiries)

    def holds(self, hashed: bytes, now_ms: int) -> bool:
        """Whether an entry of this hash is there and has not expired."""
        count = len(self.hashes) // HASH_BYTES
        place = bisect_left(range(count), hashed, key=self._hash)
        if place == count or self._hash(place) != hashed:
            return False
        expiry_s = int.from_bytes(self.expiries[place * EXPIRY_BYTES : (place + 1) * EXPIRY_BYTES])
        return expiry_s == NEVER_S or now_ms < expiry_s * 1_000

    def _hash(self, place: int) -> bytes:
        return self.hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]


Place = tuple[str, int]
"""Tenant and number of a bucket."""
Buckets = Mapping[Place, Bucket]
"""One that is empty is not there."""


def places_of(key: str) -> set[Place]:
    """The buckets that may speak of ``tenant|sku|warehouse``."""
    tenant_id, sku, warehouse = key.split("|")
    return {(tenant_id, bucket_of(entry_hash(sku, name))) for name in (warehouse, "")}


def is_suppressed(key: str, now_ms: int, buckets: Buckets) -> bool:
    """Whether ``tenant|sku|warehouse`` is on the tenant's list now, by itself or with all warehouses of the SKU."""
    tenant_id, sku, warehouse = key.split("|")
    for hashed in (entry_hash(sku, warehouse), entry_hash(sku, "")):
        bucket = buckets.get((tenant_id, bucket_of(hashed)))
        if bucket is not None and bucket.holds(hashed, now_ms):
            return True
    return False
