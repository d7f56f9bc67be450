"""Entries of a list of suppressed SKUs, and how those of one bucket lie in the database."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from schemas.suppression_buckets import NEVER_S, bucket_of, entry_hash, pack


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A SKU of which no alerts are wanted."""

    sku: str
    warehouse: str
    """Empty: in all of them."""
    expires_s: int | None
    """The second since 1970 from which it holds no more; None: never."""
    reason: str

    @property
    def name(self) -> "Name":
        """What a list has once."""
        return Name(self.sku, self.warehouse)

    @property
    def expires_at(self) -> datetime | None:
        return None if self.expires_s is None else datetime.fromtimestamp(self.expires_s, UTC)

    def has_expired(self, now_s: int) -> bool:
        return self.expires_s is not None and self.expires_s <= now_s


class Name(NamedTuple):
    """By which an entry is known."""

    sku: str
    warehouse: str

    @property
    def bucket(self) -> int:
        """Where it is kept."""
        return bucket_of(entry_hash(*self))


Entries = dict[Name, Entry]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


def to_content(entries: Iterable[Entry]) -> bytes:
    """MessagePack, the same for equal entries in whatever order."""
    return _encode(sorted(entries, key=lambda entry: (entry.sku, entry.warehouse)))


def from_content(content: bytes) -> Entries:
    """The entries, in the order of their names."""
    return {entry.name: entry for entry in _decode(content)}


def to_hashes(entries: Iterable[Entry]) -> tuple[bytes, bytes]:
    """What the stream is told of them: hashes and expiries."""
    return pack(
        (entry_hash(entry.sku, entry.warehouse), NEVER_S if entry.expires_s is None else entry.expires_s)
        for entry in entries
    )
