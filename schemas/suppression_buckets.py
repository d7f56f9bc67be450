"""How a list of suppressed SKUs is cut into the messages of the topic ``suppressions``.

An entry is a hash of eight bytes and the second at which it expires. So 700,000 entries are 8 MB in the memory of
whoever must know all of them, and a change of one rewrites a message of a thousandth of the list. Two names meet in one
hash with a chance of one in 10^13 for each SKU that is asked about a list of that size.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

from schemas.topics import TENANT_PATTERN

BUCKETS = 1_024
HASH_BYTES = 8
EXPIRY_BYTES = 4
NEVER_S = 0xFFFF_FFFF
"""The expiry of an entry that has none; in 2106 it would be mistaken for a time."""

_BUCKET_SHIFT = 8 * HASH_BYTES - (BUCKETS - 1).bit_length()
_KEY = re.compile(rf"({TENANT_PATTERN})\|(0|[1-9][0-9]{{0,3}})".encode())


def entry_hash(sku: str, warehouse: str) -> bytes:
    """What an entry is known by; the warehouse is empty for all of them. Raises ``UnicodeEncodeError`` for half a character."""
    return blake2b(f"{sku}|{warehouse}".encode(), digest_size=HASH_BYTES).digest()


def bucket_of(hashed: bytes) -> int:
    """The bucket of a hash: its first bits, so that the buckets in order hold the hashes in order."""
    return int.from_bytes(hashed) >> _BUCKET_SHIFT


def key_of(tenant_id: str, bucket: int) -> bytes:
    """The key of a bucket's message."""
    return f"{tenant_id}|{bucket}".encode()


def tenant_and_bucket(key: bytes) -> tuple[str, int]:
    """Whose bucket a message is, and which. Raises ``ValueError`` for a key that is none of this topic."""
    found = _KEY.fullmatch(key)
    if found is None or int(found[2]) >= BUCKETS:
        raise ValueError(f"{key!r:.80} is no key of a bucket of suppressions")
    return found[1].decode(), int(found[2])


def pack(entries: Iterable[tuple[bytes, int]]) -> tuple[bytes, bytes]:
    """Hashes and expiries of entries (hash, second of expiry), as the contract has them."""
    ascending = sorted(entries)
    return (
        b"".join(hashed for hashed, _ in ascending),
        b"".join(expiry.to_bytes(EXPIRY_BYTES) for _, expiry in ascending),
    )
