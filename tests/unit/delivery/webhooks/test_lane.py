"""What of one endpoint's may be sent now."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from delivery.webhooks.lane import AT_ONCE, ENOUGH, MOST, Lane, Waiting

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def waiting(number: int, key: str = "TEA-1|berlin", due: datetime = NOW) -> Waiting:
    return Waiting(number, key, f"msg_{number}", "{}", tries=0, due=due)


def well(lane: Lane) -> Lane:
    """A lane whose endpoint has taken some promptly."""
    for number in range(-4, 0):
        lane.add([waiting(number, f"{number}")])
        (taken,) = lane.take(NOW)
        lane.sent(well=True)
        lane.over(taken)
    return lane


def test_the_first_goes_alone() -> None:
    lane = Lane()
    lane.add(waiting(number, f"{number}") for number in range(10))
    assert [each.number for each in lane.take(NOW)] == [0]
    assert lane.take(NOW) == []


def test_who_is_well_is_sent_several_at_once() -> None:
    lane = well(Lane())
    lane.add(waiting(number, f"{number}") for number in range(10))
    assert len(lane.take(NOW)) == AT_ONCE


def test_who_fails_is_sent_one_at_a_time() -> None:
    lane = well(Lane())
    lane.add(waiting(number, f"{number}") for number in range(20))
    taken = lane.take(NOW)
    for _ in taken:
        lane.sent(well=False)
    assert len(lane.take(NOW)) == 1
    assert not lane.is_well


def test_the_later_of_a_key_waits_until_the_earlier_is_over() -> None:
    lane = well(Lane())
    lane.add([waiting(1), waiting(2)])
    (first,) = lane.take(NOW)
    lane.sent(well=True)
    assert lane.take(NOW) == [], "sent is not yet safe"
    lane.again(first, NOW + timedelta(seconds=5))
    assert lane.take(NOW) == []
    assert lane.next_due == NOW + timedelta(seconds=5)
    (again,) = lane.take(NOW + timedelta(seconds=5))
    assert (again.number, again.tries) == (1, 1)
    lane.sent(well=True)
    lane.over(again)
    assert [each.number for each in lane.take(NOW)] == [2]


def test_what_is_here_is_not_added_twice() -> None:
    lane = Lane()
    lane.add([waiting(1)])
    lane.add([waiting(1)])
    assert len(lane) == 1


def test_a_lane_that_waits_for_failures_still_wants_others() -> None:
    lane = Lane()
    lane.add(waiting(number, f"{number}", NOW + timedelta(hours=1)) for number in range(ENOUGH))
    assert lane.wants_more(NOW)
    lane.add(waiting(number, f"{number}") for number in range(ENOUGH, 2 * ENOUGH))
    assert not lane.wants_more(NOW)
    lane.add(waiting(number, f"{number}", NOW + timedelta(hours=1)) for number in range(100, MOST))
    assert not lane.wants_more(NOW), "however little of it may go"


class AnyOrder(RuleBasedStateMachine):
    """However tries end: of each key one at a time, in order, none lost, none twice at once."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane()
        self.now = NOW
        self.added: dict[str, list[int]] = defaultdict(list)
        self.ended: dict[str, list[int]] = defaultdict(list)
        self.on_the_way: dict[str, Waiting] = {}
        self.unsafe: dict[str, Waiting] = {}
        self.number = 0

    @rule(keys=st.lists(st.sampled_from("abcd"), max_size=5))
    def add(self, keys: list[str]) -> None:
        for key in keys:
            self.number += 1
            self.added[key].append(self.number)
            self.lane.add([waiting(self.number, key, self.now)])

    @rule(seconds=st.integers(0, 10))
    def take(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        for each in self.lane.take(self.now):
            assert each.due <= self.now
            assert each.key not in self.on_the_way and each.key not in self.unsafe
            assert each.number == self.added[each.key][len(self.ended[each.key])]
            self.on_the_way[each.key] = each

    @precondition(lambda self: self.on_the_way)
    @rule(well=st.booleans())
    def send(self, well: bool) -> None:
        key, each = self.on_the_way.popitem()
        self.unsafe[key] = each
        self.lane.sent(well=well)

    @precondition(lambda self: self.unsafe)
    @rule(seconds=st.none() | st.integers(0, 20))
    def settle(self, seconds: int | None) -> None:
        key, each = self.unsafe.popitem()
        if seconds is None:
            self.ended[key].append(each.number)
            self.lane.over(each)
        else:
            self.lane.again(each, self.now + timedelta(seconds=seconds))

    @invariant()
    def none_is_lost(self) -> None:
        added, ended = (sum(map(len, each.values())) for each in (self.added, self.ended))
        assert len(self.lane) == added - ended
        assert len(self.on_the_way) <= AT_ONCE

    def teardown(self) -> None:
        """In the end all of it goes, each key's in order."""
        for each in self.on_the_way.values():
            self.lane.sent(well=True)
            self.unsafe[each.key] = each
        for key, each in self.unsafe.items():
            self.ended[key].append(each.number)
            self.lane.over(each)
        self.now += timedelta(hours=1)
        while taken := self.lane.take(self.now):
            for each in taken:
                self.ended[each.key].append(each.number)
                self.lane.sent(well=True)
                self.lane.over(each)
        assert {key: numbers for key, numbers in self.ended.items() if numbers} == {
            key: numbers for key, numbers in self.added.items() if numbers
        }


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
