"""Receipts of batches that are in the log, and a bounded memory of them."""

import hashlib
import struct
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from schemas.encoding import UnreadableMessage, decoder, encoder

MAX_RECEIPTS = 500_000
"""About 120 MB. When more come within 24 hours, the oldest are forgotten."""

_PACKED = struct.Struct(">32sIq")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of a batch that was written: SHA-256 of its body, the number of events, and when."""

    digest: bytes
    events: int
    accepted_at_ms: int

    def message(self, tenant_id: UUID, key: str) -> tuple[bytes, bytes]:
        """Key and value for the topic of receipts."""
        record = {
            "tenant_id": str(tenant_id),
            "idempotency_key": key,
            "digest": self.digest.hex(),
            "events": self.events,
            "accepted_at": self.accepted_at_ms,
        }
        return f"{tenant_id}|{key}".encode(), encoder("ingest_receipt")(record)

    @classmethod
    def read(cls, value: bytes | None) -> Self:
        """The receipt of a message. Raises `UnreadableMessage`."""
        record = decoder("ingest_receipt", times="ms")(value)
        try:
            return cls(bytes.fromhex(record["digest"]), record["events"], record["accepted_at"])
        except ValueError:
            raise UnreadableMessage("invalid", "The digest is not hexadecimal.") from None


class ReceiptBook:
    """The receipts of the last 24 hours. Written by one thread, read by any."""

    def __init__(self, capacity: int = MAX_RECEIPTS) -> None:
        self._capacity = capacity
        # hashed keys and packed receipts, since there may be many; oldest first
        self._packed: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def add(self, message_key: bytes, receipt: Receipt) -> None:
        """Note a receipt by its Kafka key."""
        hashed = _hashed(message_key)
        self._packed.pop(hashed, None)
        self._packed[hashed] = _PACKED.pack(receipt.digest, receipt.events, receipt.accepted_at_ms)
        while len(self._packed) > self._capacity:
            del self._packed[next(iter(self._packed))]

    def forget_before(self, at_ms: int) -> None:
        """Drop the receipts of batches that were accepted earlier."""
        while self._packed:
            oldest = next(iter(self._packed))
            if _PACKED.unpack(self._packed[oldest])[2] >= at_ms:
                return
            del self._packed[oldest]

    def get(self, message_key: bytes) -> Receipt | None:
        packed = self._packed.get(_hashed(message_key))
        return None if packed is None else Receipt(*_PACKED.unpack(packed))


def _hashed(message_key: bytes) -> bytes:
    return hashlib.blake2b(message_key, digest_size=16).digest()
