"""A packed state comes back bit by bit, stays small, and old ones are read for ever."""

import json
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from udfs.alerting import AlertState
from udfs.combined import Inbound, MinuteTotals
from udfs.demand import Demand
from udfs.grid import GRID_MINUTES
from udfs.inbound import MOST as MOST_INBOUND
from udfs.inbound import InboundOrders
from udfs.ledger import MOST, Ledger
from udfs.ledger import units as units_of
from udfs.operational_time import WeekProfile
from udfs.risk_parameters import MEMORIES
from udfs.sku_state import VERSION, WRITTEN, SkuState, UnreadableState, pack, unpack
from udfs.snapshots import CENSORED, HORIZON_STEPS, RAN_OUT, Snapshot, Snapshots
from udfs.step_orders import Expecting

GOLDEN = Path(__file__).parent / "golden"

minutes = st.integers(-(2**31) + 1, 2**31 - 1)
times = st.integers(-(2**63) + 1, 2**63 - 1)
units = st.integers(-(2**63), 2**63 - 1)
numbers = st.floats(allow_nan=False)
sums = st.tuples(numbers, numbers, numbers, numbers)


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    most = draw(st.sampled_from([2**7, 2**20, 2**40]))
    ends = sorted(draw(st.sets(minutes, max_size=MOST[4])))
    changes = draw(st.lists(st.integers(-most, most), min_size=len(ends), max_size=len(ends)))
    joined = draw(st.integers(0, len(ends)))
    since, receipt = draw(st.none() | minutes), draw(st.none() | minutes)
    return Ledger(
        draw(units), draw(st.booleans()), since, receipt, joined, array("i", ends), units_of(changes)
    )


states = st.builds(
    SkuState,
    ledgers(),
    st.builds(Demand, st.none() | minutes, st.tuples(sums, sums, sums)),
    st.builds(InboundOrders, st.lists(st.builds(Inbound, minutes, units, minutes), max_size=MOST_INBOUND)),
    st.none() | st.builds(AlertState, times, times, numbers, st.none() | times, st.booleans()),
    st.none() | times,
    st.builds(
        Snapshots,
        st.none() | minutes,
        st.lists(
            st.builds(
                Snapshot, minutes, st.tuples(*[st.integers(-9000, 9000)] * len(MEMORIES)), st.integers(0, 3)
            ),
            max_size=5,
        ),
        st.none() | st.builds(Expecting, numbers, numbers, numbers, numbers),
    ),
)


def busy_state(units_a_sale: int = 9) -> SkuState:
    """A SKU that sold each minute for a week since its count, with all that can be kept of it."""
    state = SkuState(updated_at_ms=1_790_000_000_000)
    state.ledger.apply(MinuteTotals(29_000_000, 1, 200_000))
    for minute in range(29_000_001, 29_010_000):
        sale = MinuteTotals(
            minute, delta=-units_a_sale, orders=3, units=units_a_sale, squares=3 * (units_a_sale // 3) ** 2
        )
        state.ledger.apply(sale)
        state.demand.apply(sale, True, WeekProfile.flat())
        if minute > 29_009_000 and len(state.ledger.ends) == MOST[state.ledger.changes.itemsize]:
            break
    state.inbound.outstanding = [
        Inbound(29_000_000 + i, 5000 + i, 29_012_000 + i) for i in range(MOST_INBOUND)
    ]
    state.alert = AlertState(1_789_000_000_000, 1_789_900_000_000, 0.875, 1_790_100_000_000)
    newest = 29_009_000 // GRID_MINUTES
    flags = (0, RAN_OUT, CENSORED, RAN_OUT | CENSORED)
    pending = [Snapshot(newest - 3 + i, (-8000 + i, 8999 - i), flags[i]) for i in range(HORIZON_STEPS)]
    state.snapshots = Snapshots(newest, pending, Expecting(812.5, 63.25, 12.75, 11.5))
    return state


@given(states)
def test_a_state_survives_its_bytes(state: SkuState) -> None:
    packed = pack(state)
    assert unpack(packed) == state
    assert pack(unpack(packed)) == packed


@given(states)
def test_the_first_layout_keeps_all_but_what_was_foretold(state: SkuState) -> None:
    assume(all(abs(value) < 1e300 for of_half_life in state.demand.sums for value in of_half_life))
    read = unpack(pack(state, version=1))
    # a half-life of 4 days is kept as one of 7, and becomes one of 4 again
    for before, after in zip(state.demand.sums, read.demand.sums):
        assert after == pytest.approx(before)
    read.demand.sums, state.snapshots = state.demand.sums, Snapshots()
    assert read == state


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("sku_state_1_*.json")), ids=lambda path: path.stem)
def test_the_first_layout_is_written_as_the_first_release_did(path: Path) -> None:
    first = bytes.fromhex(json.loads(path.read_text())["packed"])
    again = pack(unpack(first), version=1)
    assert len(again) == len(first)
    was, is_now = meaning(unpack(first)), meaning(unpack(again))
    for before, after in zip(was["demand"].pop("sums"), is_now["demand"].pop("sums")):
        assert after == pytest.approx(before)
    assert is_now == was


def test_the_newest_version_is_among_those_written() -> None:
    assert [pack(SkuState(), version)[0] for version in WRITTEN] == [*range(1, VERSION + 1)]


@pytest.mark.parametrize(("units_a_sale", "width"), [(9, 4), (3 * 10**9, 8)])
def test_a_busy_sku_takes_at_most_600_bytes(units_a_sale: int, width: int) -> None:
    state = busy_state(units_a_sale)
    assert state.ledger.changes.itemsize == width
    assert len(state.ledger.ends) == MOST[width]
    assert len(pack(state)) <= 600


def test_a_new_state_is_small() -> None:
    assert len(pack(SkuState())) < 160


def test_states_of_one_process_share_nothing() -> None:
    first, second = SkuState(), SkuState()
    first.ledger.apply(MinuteTotals(5, delta=1))
    assert second == SkuState()


@pytest.mark.parametrize("packed", [b"", b"\x00", b"\xff" + bytes(200)])
def test_an_unknown_version_is_named(packed: bytes) -> None:
    with pytest.raises(UnreadableState, match="version"):
        unpack(packed)


@given(states, st.integers(1, 400))
def test_a_state_cut_short_is_not_read(state: SkuState, missing: int) -> None:
    # snapshots reach to the end, so a state without its last ones is whole
    state.snapshots.pending.clear()
    packed = pack(state)
    with pytest.raises(UnreadableState):
        unpack(packed[: max(1, len(packed) - missing)])


def test_a_state_with_more_behind_it_is_not_read() -> None:
    with pytest.raises(UnreadableState):
        unpack(pack(busy_state()) + b"\0")


def test_a_column_of_no_known_width_is_not_read() -> None:
    packed = bytearray(pack(SkuState()))
    packed[packed.index(b"i")] = ord("x")
    with pytest.raises(UnreadableState):
        unpack(bytes(packed))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("sku_state_2_*.json")), ids=lambda path: path.stem)
def test_every_state_ever_written_is_still_read(path: Path) -> None:
    golden = json.loads(path.read_text())
    assert meaning(unpack(bytes.fromhex(golden["packed"]))) == golden["means"]


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("sku_state_2_*.json")), ids=lambda path: path.stem)
def test_the_newest_layout_is_written_as_ever(path: Path) -> None:
    packed = json.loads(path.read_text())["packed"]
    assert pack(unpack(bytes.fromhex(packed))).hex() == packed


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("sku_state_1_*.json")), ids=lambda path: path.stem)
def test_a_state_of_the_first_layout_keeps_its_pace_at_our_half_lives(path: Path) -> None:
    golden = json.loads(path.read_text())
    old, new = golden["means"], meaning(unpack(bytes.fromhex(golden["packed"])))
    old_sums, new_sums = old["demand"].pop("sums"), new["demand"].pop("sums")
    assert new == {**old, "snapshots": {"passed": None, "pending": [], "expecting": None}}
    for before, after, longer in zip(old_sums, new_sums, (4 / 7, 16 / 14, 64 / 28)):
        assert after == pytest.approx([value * longer for value in before])


def test_there_are_golden_states() -> None:
    assert {path.stem for path in GOLDEN.glob("sku_state_*.json")} >= {
        f"sku_state_{version}_{state}" for version in (1, 2) for state in ("new", "busy", "wide")
    }


def meaning(state: SkuState) -> dict[str, Any]:
    """What a state says, as JSON has it."""
    ledger, demand, alert = state.ledger, state.demand, state.alert
    return {
        "ledger": {
            "stock": ledger.stock,
            "counted": ledger.counted,
            "since": ledger.since,
            "first_receipt": ledger.first_receipt,
            "joined": ledger.joined,
            "ends": list(ledger.ends),
            "changes": list(ledger.changes),
        },
        "demand": {"minute": demand.minute, "sums": [list(of_half_life) for of_half_life in demand.sums]},
        "inbound": [list(order) for order in state.inbound.outstanding],
        "alert": alert
        and {
            "since_ms": alert.since_ms,
            "told_ms": alert.told_ms,
            "told_probability": alert.told_probability,
            "told_oos_ms": alert.told_oos_ms,
            "resolved": alert.resolved,
        },
        "updated_at_ms": state.updated_at_ms,
        "snapshots": {
            "passed": state.snapshots.passed,
            "pending": [
                [*snapshot.logits, snapshot.grid, snapshot.flags] for snapshot in state.snapshots.pending
            ],
            "expecting": state.snapshots.expecting and list(state.snapshots.expecting),
        },
    }
