"""What is kept of one SKU in one warehouse, and how it is written into checkpoints.

A packed state begins with the version of its layout. A new layout gets a new number and a reader for the old ones, so
that a job can go on from any savepoint; ``tests/unit/udfs/golden`` holds states of every version.

Layout of version 1, little-endian::

    fixed part   see `_FIXED`
    ledger       the end of each block; then the change of each, 32 bits or 64 as the fixed part says
    inbound      announced minute, units and expected minute of each order
    alert        see `_ALERT`; only where the fixed part says so
"""

from array import array
from dataclasses import dataclass, field
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

# version, alert there, updated_at_ms, stock, counted, since, first_receipt, minute of demand, inbound orders,
# blocks, joined blocks, type code of the changes, sums of demand
_FIXED = Struct("<B?qq?iiiBBBc12d")
# since_ms, told_ms, told_probability, told_oos_ms, resolved
_ALERT = Struct("<qqdq?")
_INBOUND = Struct("<iqi")
WIDTHS = {b"i": 4, b"q": 8}
"""Bytes of each type code that an array of changes may have."""


def pack(state: SkuState) -> bytes:
    """The state as bytes."""
    ledger, demand, alert, inbound = state.ledger, state.demand, state.alert, state.inbound.outstanding
    of_fast, of_middle, of_slow = demand.sums
    parts = [
        _FIXED.pack(
            VERSION,
            alert is not None,
            NO_TIME if state.updated_at_ms is None else state.updated_at_ms,
            ledger.stock,
            ledger.counted,
            NO_MINUTE if ledger.since is None else ledger.since,
            NO_MINUTE if ledger.first_receipt is None else ledger.first_receipt,
            NO_MINUTE if demand.minute is None else demand.minute,
            len(inbound),
            len(ledger.changes),
            ledger.joined,
            ledger.changes.typecode.encode(),
            *of_fast,
            *of_middle,
            *of_slow,
        ),
        ledger.ends.tobytes(),
        ledger.changes.tobytes(),
    ]
    parts += [_INBOUND.pack(*order) for order in inbound]
    if alert is not None:
        oos_ms = NO_TIME if alert.told_oos_ms is None else alert.told_oos_ms
        parts.append(
            _ALERT.pack(alert.since_ms, alert.told_ms, alert.told_probability, oos_ms, alert.resolved)
        )
    return b"".join(parts)


def unpack(packed: bytes) -> SkuState:
    """The state that the bytes hold. Raises `UnreadableState`."""
    if not packed or packed[0] != VERSION:
        raise UnreadableState(f"No reader for a state of version {packed[0] if packed else 'none'}.")
    try:
        return _unpack_version_1(packed)
    except error as problem:
        raise UnreadableState(
            f"{len(packed)} bytes hold no state of version {VERSION}: {problem}."
        ) from problem


def _unpack_version_1(packed: bytes) -> SkuState:
    fixed = _FIXED.unpack_from(packed)
    _, has_alert, updated_at_ms, stock, counted, since, first_receipt, minute = fixed[:8]
    n_inbound, n_blocks, joined, width = fixed[8:12]
    changes_from = _FIXED.size + WIDTHS[b"i"] * n_blocks
    at = changes_from + WIDTHS.get(width, 0) * n_blocks
    if width not in WIDTHS or len(packed) != at + n_inbound * _INBOUND.size + has_alert * _ALERT.size:
        raise UnreadableState(f"{len(packed)} bytes do not hold {n_blocks} blocks and {n_inbound} orders.")
    ledger = Ledger(
        stock,
        counted,
        None if since == NO_MINUTE else since,
        None if first_receipt == NO_MINUTE else first_receipt,
        joined,
        array("i", packed[_FIXED.size : changes_from]),
        array(width.decode(), packed[changes_from:at]),
    )
    demand = Demand(None if minute == NO_MINUTE else minute, (fixed[12:16], fixed[16:20], fixed[20:24]))
    inbound = []
    for _ in range(n_inbound):
        inbound.append(Inbound._make(_INBOUND.unpack_from(packed, at)))
        at += _INBOUND.size
    alert = None
    if has_alert:
        since_ms, told_ms, probability, oos_ms, resolved = _ALERT.unpack_from(packed, at)
        alert = AlertState(since_ms, told_ms, probability, None if oos_ms == NO_TIME else oos_ms, resolved)
    updated = None if updated_at_ms == NO_TIME else updated_at_ms
    return SkuState(ledger, demand, InboundOrders(inbound), alert, updated)
