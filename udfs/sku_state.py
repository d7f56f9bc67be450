"""What is kept of one SKU in one warehouse, and how it is written into checkpoints.

A packed state begins with the version of its layout. A new layout gets a new number and a reader for the old ones, so
that a job can go on from any savepoint; ``tests/unit/udfs/golden`` holds states of every version.

Layout of version 1, little-endian::

    fixed part   see `_FIXED`
    alert        see `_ALERT`, where the flag says that there is one
    inbound      announced minute, units, expected minute of each order
    ledger       minutes from ``since`` to the first block's end and from end to end; then the changes. Each of the two
                 columns is as narrow as its numbers allow.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from operator import sub
from struct import Struct, error

from udfs.alerting import AlertState
from udfs.combined import Inbound
from udfs.demand import Demand
from udfs.inbound import InboundOrders
from udfs.ledger import Ledger

VERSION = 1


@dataclass(slots=True)
class SkuState:
    """Everything that the answer for one key depends on, beside time and parameters."""

    ledger: Ledger = field(default_factory=Ledger)
    demand: Demand = field(default_factory=Demand)
    inbound: InboundOrders = field(default_factory=InboundOrders)
    alert: AlertState | None = None
    updated_at_ms: int | None = None
    """Of the newest prediction made."""


class UnreadableState(ValueError):
    """Bytes that are not a state of a version that this code reads."""


NO_MINUTE = -(1 << 31)
NO_TIME = -(1 << 63)
GAP_WIDTHS = "HI"
CHANGE_WIDTHS = "hiq"
"""Struct codes, narrowest first."""

# version, alert there, updated_at_ms, stock, counted, since, first_receipt, demand minute, inbound orders,
# blocks, joined blocks, width of gaps, width of changes, demand sums
_FIXED = Struct("<B?qq?iiiBBBcc12d")
# since_ms, told_ms, told_probability, told_oos_ms, resolved
_ALERT = Struct("<qqdq?")
_INBOUND = Struct("<iqi")


def pack(state: SkuState) -> bytes:
    """The state as bytes."""
    ledger, demand, alert, inbound = state.ledger, state.demand, state.alert, state.inbound.outstanding
    ends = ledger.ends
    gaps = list(map(sub, ends, [ledger.since, *ends]))
    gap_width, gap_column = _narrowest(GAP_WIDTHS, gaps)
    change_width, change_column = _narrowest(CHANGE_WIDTHS, ledger.changes)
    fixed = _FIXED.pack(
        VERSION,
        alert is not None,
        _or(state.updated_at_ms, NO_TIME),
        ledger.stock,
        ledger.counted,
        _or(ledger.since, NO_MINUTE),
        _or(ledger.first_receipt, NO_MINUTE),
        _or(demand.minute, NO_MINUTE),
        len(inbound),
        len(ends),
        ledger.joined,
        gap_width,
        change_width,
        *demand.orders,
        *demand.units,
        *demand.squares,
        *demand.exposure,
    )
    return b"".join(
        (
            fixed,
            b"" if alert is None else _pack_alert(alert),
            *[_INBOUND.pack(*order) for order in inbound],
            gap_column,
            change_column,
        )
    )


def unpack(packed: bytes) -> SkuState:
    """The state that the bytes hold. Raises `UnreadableState`."""
    if packed[:1] != bytes([VERSION]):
        raise UnreadableState(f"No reader for a state of version {packed[0] if packed else 'none'}.")
    try:
        return _unpack_version_1(packed)
    except error as problem:
        raise UnreadableState(
            f"{len(packed)} bytes do not hold a state of version {VERSION}: {problem}."
        ) from problem


def _unpack_version_1(packed: bytes) -> SkuState:
    (
        _,
        has_alert,
        updated_at_ms,
        stock,
        counted,
        since,
        first_receipt,
        minute,
        n_inbound,
        n_blocks,
        joined,
        gap_width,
        change_width,
        *sums,
    ) = _FIXED.unpack_from(packed)
    at = _FIXED.size
    alert = None
    if has_alert:
        alert = _unpack_alert(packed, at)
        at += _ALERT.size
    inbound = []
    for _ in range(n_inbound):
        inbound.append(Inbound._make(_INBOUND.unpack_from(packed, at)))
        at += _INBOUND.size
    gaps = _column(gap_width, n_blocks)
    changes = _column(change_width, n_blocks)
    if len(packed) != at + gaps.size + changes.size:
        raise UnreadableState(f"A state of {len(packed)} bytes should have {at + gaps.size + changes.size}.")
    ends = list(accumulate(gaps.unpack_from(packed, at), initial=since))[1:]
    ledger = Ledger(
        stock,
        counted,
        _unless(since, NO_MINUTE),
        _unless(first_receipt, NO_MINUTE),
        joined,
        ends,
        list(changes.unpack_from(packed, at + gaps.size)),
    )
    demand = Demand(_unless(minute, NO_MINUTE), sums[0:3], sums[3:6], sums[6:9], sums[9:12])
    return SkuState(ledger, demand, InboundOrders(inbound), alert, _unless(updated_at_ms, NO_TIME))


def _pack_alert(alert: AlertState) -> bytes:
    oos_ms = _or(alert.told_oos_ms, NO_TIME)
    return _ALERT.pack(alert.since_ms, alert.told_ms, alert.told_probability, oos_ms, alert.resolved)


def _unpack_alert(packed: bytes, at: int) -> AlertState:
    since_ms, told_ms, probability, oos_ms, resolved = _ALERT.unpack_from(packed, at)
    return AlertState(since_ms, told_ms, probability, _unless(oos_ms, NO_TIME), resolved)


def _narrowest(widths: str, numbers: list[int]) -> tuple[bytes, bytes]:
    """The struct code of the narrowest width that holds all numbers, and the numbers in it."""
    for width in widths[:-1]:
        try:
            return width.encode(), _column(width.encode(), len(numbers)).pack(*numbers)
        except error:
            continue
    widest = widths[-1].encode()
    return widest, _column(widest, len(numbers)).pack(*numbers)


@cache
def _column(width: bytes, length: int) -> Struct:
    return Struct(f"<{length}{width.decode()}")


def _or(value: int | None, absent: int) -> int:
    return absent if value is None else value


def _unless(value: int, absent: int) -> int | None:
    return None if value == absent else value
