"""What is kept of one SKU in one warehouse, and how it is written into checkpoints.

A packed state begins with the version of its layout. A new layout gets a new number and a reader for the old ones, so
that a job can go on from any savepoint; ``tests/unit/udfs/golden`` holds states of every version.

Layout of version 2, little-endian::

    fixed part   see `_FIXED`
    ledger       the end of each block; then the change of each, 32 bits or 64 as the fixed part says
    inbound      announced minute, units and expected minute of each order
    alert        see `_ALERT`; only where the fixed part says so
    snapshots    the newest grid hour passed, and whether something is expected since; what is; each that is pending; see
                 `_PASSED`, `_EXPECTING`, `_SNAPSHOT`

Version 1 ended with the alert, and its sums of demand had other half-lives (see `_at_half_lives`). It can still be written,
so that a release that knows no other can go on from what this one did: ``docs/upgrades.md``.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct, error

from udfs.alerting import AlertState
from udfs.combined import Inbound
from udfs.demand import HALF_LIVES_DAYS, Demand, Sums
from udfs.inbound import InboundOrders
from udfs.ledger import Ledger
from udfs.snapshots import Snapshot, Snapshots
from udfs.step_orders import Expecting

VERSION = 2
WRITTEN = (1, VERSION)
"""The versions that can be written."""
FIRST_HALF_LIVES_DAYS = (7, 14, 28)
"""What `HALF_LIVES_DAYS` were in version 1."""


@dataclass(slots=True)
class SkuState:
    """Everything that the answer for one key depends on, beside time and parameters."""

    ledger: Ledger = field(default_factory=Ledger)
    demand: Demand = field(default_factory=Demand)
    inbound: InboundOrders = field(default_factory=InboundOrders)
    alert: AlertState | None = None
    updated_at_ms: int | None = None
    """Of the newest prediction made."""
    snapshots: Snapshots = field(default_factory=Snapshots)


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
_PASSED = Struct("<i?")
_EXPECTING = Struct("<4d")
_SNAPSHOT = Struct("<i2hB")
WIDTHS = {b"i": 4, b"q": 8}
"""Bytes of each type code that an array of changes may have."""


def pack(state: SkuState, version: int = VERSION) -> bytes:
    """The state as bytes of a version among `WRITTEN`. Version 1 leaves out what was foretold and is not over yet."""
    if version == 1:
        sums = _at_half_lives(state.demand.sums, HALF_LIVES_DAYS, FIRST_HALF_LIVES_DAYS)
        return b"".join(_common_parts(state, version, sums))
    parts = _common_parts(state, version, state.demand.sums)
    snapshots = state.snapshots
    passed, expecting = snapshots.passed, snapshots.expecting
    parts.append(_PASSED.pack(NO_MINUTE if passed is None else passed, expecting is not None))
    if expecting is not None:
        parts.append(_EXPECTING.pack(*expecting))
    parts += [_SNAPSHOT.pack(grid, *logits, flags) for grid, logits, flags in snapshots.pending]
    return b"".join(parts)


def _common_parts(state: SkuState, version: int, sums: tuple[Sums, Sums, Sums]) -> list[bytes]:
    """What every version begins with."""
    ledger, demand, alert, inbound = state.ledger, state.demand, state.alert, state.inbound.outstanding
    of_fast, of_middle, of_slow = sums
    parts = [
        _FIXED.pack(
            version,
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
    return parts


def unpack(packed: bytes) -> SkuState:
    """The state that the bytes hold. Raises `UnreadableState`."""
    version = packed[0] if packed else None
    try:
        if version == VERSION:
            return _unpack(packed)
        if version == 1:
            return _unpack_version_1(packed)
    except error as problem:
        raise UnreadableState(
            f"{len(packed)} bytes hold no state of version {version}: {problem}."
        ) from problem
    raise UnreadableState(f"No reader for a state of version {version}.")


def _unpack(packed: bytes) -> SkuState:
    state, at = _unpack_common(packed)
    passed, is_expecting = _PASSED.unpack_from(packed, at)
    at += _PASSED.size
    expecting = None
    if is_expecting:
        expecting = Expecting._make(_EXPECTING.unpack_from(packed, at))
        at += _EXPECTING.size
    if (len(packed) - at) % _SNAPSHOT.size:
        raise UnreadableState(f"{len(packed)} bytes do not end with whole snapshots.")
    pending = [
        Snapshot(grid, (short, even), flags)
        for grid, short, even, flags in _SNAPSHOT.iter_unpack(packed[at:])
    ]
    state.snapshots = Snapshots(None if passed == NO_MINUTE else passed, pending, expecting)
    return state


def _unpack_version_1(packed: bytes) -> SkuState:
    state, end = _unpack_common(packed)
    if end != len(packed):
        raise UnreadableState(f"{len(packed)} bytes are longer than what they say to hold.")
    state.demand.sums = _at_half_lives(state.demand.sums, FIRST_HALF_LIVES_DAYS, HALF_LIVES_DAYS)
    return state


def _at_half_lives(
    sums: tuple[Sums, Sums, Sums], given: tuple[int, int, int], wanted: tuple[int, int, int]
) -> tuple[Sums, Sums, Sums]:
    """Sums at the given half-lives as sums at those wanted, in days.

    What was sold when is not known any more. So each stays at its own pace, and counts for as much time as an even pace
    would have left: exact for even sales, and forgotten with the old half-life's memory otherwise.
    """
    fast, middle, slow = (
        tuple(value * new / old for value in of_half_life)
        for of_half_life, old, new in zip(sums, given, wanted)
    )
    return _sums(fast), _sums(middle), _sums(slow)


def _sums(values: Sequence[float]) -> Sums:
    orders, units, squares, exposure = values
    return orders, units, squares, exposure


def _unpack_common(packed: bytes) -> tuple[SkuState, int]:
    """What every version holds, and where it ends."""
    fixed = _FIXED.unpack_from(packed)
    _, has_alert, updated_at_ms, stock, counted, since, first_receipt, minute = fixed[:8]
    n_inbound, n_blocks, joined, width = fixed[8:12]
    changes_from = _FIXED.size + WIDTHS[b"i"] * n_blocks
    at = changes_from + WIDTHS.get(width, 0) * n_blocks
    end = at + n_inbound * _INBOUND.size + has_alert * _ALERT.size
    if width not in WIDTHS or len(packed) < end:
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
    return SkuState(ledger, demand, InboundOrders(inbound), alert, updated), end
