"""The stock of one SKU in one warehouse, from rows that may arrive in any order.

Events are ordered by event minute, and inside a minute by the log. A ``stock.counted`` supersedes all that comes before
it in that order; every other event adds its signed quantity on top. So the ledger keeps what happened in each minute
*after* the newest count: enough to place a late count, or a late sale, exactly where it belongs.

Memory is bounded. Once more than `MOST` minutes saw changes since the count, old ones are joined with their neighbours
into blocks whose length grows with their age; the `EXACT` newest are never joined. The sum stays exact whatever is
joined. There is one approximation: a count that arrives so late that it falls *inside* a block keeps the part of the
block's change that lies after it in proportion of time.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from udfs.combined import COUNTED, MinuteTotals

MOST = {4: 36, 8: 24}
"""Blocks that a ledger keeps at most, by the bytes of a change: about as many bytes of state."""
EXACT = 14
"""The newest minutes, which are never joined."""
JOINED_AT_ONCE = 9
"""Blocks fewer after joining, so that joining is rare."""


# arrays, because checkpoints keep them as they are, without a Python number for each
def minutes(values: Iterable[int] = ()) -> "array[int]":
    """Epoch minutes, 32 bits each."""
    return array("i", values)


def units(values: Iterable[int] = ()) -> "array[int]":
    """Units of stock, 32 bits each, or 64 where one of them needs it."""
    try:
        return array("i", values)
    except OverflowError:
        return array("q", values)


@dataclass(slots=True)
class Ledger:
    """Stock, and the changes since the last count, in blocks that tile the time from ``since``.

    Block *i* holds the net change of the minutes after ``ends[i - 1]`` (after ``since`` for the first) up to ``ends[i]``.
    In the blocks from ``joined`` on, all of it happened in the minute ``ends[i]`` itself.
    """

    stock: int = 0
    counted: bool = False
    since: int | None = None
    """Minute of the last count; without one, the minute before the first event; None before any event."""
    first_receipt: int | None = None
    joined: int = 0
    ends: "array[int]" = field(default_factory=minutes)
    changes: "array[int]" = field(default_factory=units)

    @property
    def stock_known(self) -> bool:
        """Whether ``stock`` means units on the shelf: it was counted, or the SKU's first event brought it in.

        A SKU that was first seen by a sale, a return or an adjustment had a stock before, and nobody said how much.
        """
        if self.counted:
            return True
        return (
            self.since is not None and self.first_receipt is not None and self.first_receipt <= self.since + 1
        )

    def apply(self, totals: MinuteTotals) -> None:
        """Take the totals of one event minute in. Totals of the same minute come in log order, others in any order."""
        minute, flags, base, delta = totals[:4]
        if totals.received and (self.first_receipt is None or minute < self.first_receipt):
            self.first_receipt = minute
        if self.since is None:
            self.since = minute - 1
        if flags & COUNTED:
            if not self.counted or minute >= self.since:
                self._count(minute, base + delta)
        elif not self.counted:
            self.since = min(self.since, minute - 1)
            self._change(minute, delta)
        elif minute > self.since:
            self._change(minute, delta)
        elif minute == self.since:
            self.stock += delta
        # what comes before the count is already in it

    def _count(self, minute: int, stock: int) -> None:
        """Start again from a count; what is known of later minutes stays on top."""
        assert self.since is not None
        first = bisect_right(self.ends, minute)
        later = list(self.changes[first:])
        if first < self.joined:
            begin, end = self.ends[first - 1] if first else self.since, self.ends[first]
            later[0] = round(later[0] * min(1.0, (end - minute) / (end - begin)))
        self.stock = stock + sum(later)
        self.counted, self.since = True, minute
        self.joined = max(0, self.joined - first)
        self.ends, self.changes = self.ends[first:], units(later)

    def _change(self, minute: int, delta: int) -> None:
        if delta == 0:
            return
        self.stock += delta
        try:
            self._put(minute, delta)
        except OverflowError:
            self.changes = array("q", self.changes)
            self._put(minute, delta)
        most = MOST[self.changes.itemsize]
        if len(self.ends) > most:
            self._join_old(most - JOINED_AT_ONCE)

    def _put(self, minute: int, delta: int) -> None:
        # of the two arrays the changes come first: it is there that a number may not fit
        ends, changes = self.ends, self.changes
        if not ends or minute > ends[-1]:
            changes.append(delta)
            ends.append(minute)
            return
        block = bisect_left(ends, minute)
        if block < self.joined or ends[block] == minute:
            changes[block] += delta
        else:
            changes.insert(block, delta)
            ends.insert(block, minute)

    def _join_old(self, left: int) -> None:
        """Join old neighbours into blocks of a fifth of their age, or of half as much again until few are ``left``."""
        ends, changes = list(self.ends[:-EXACT]), list(self.changes[:-EXACT])
        share_of_age = 0.2
        while len(ends) > left - EXACT:
            ends, changes = self._neighbours_joined(ends, changes, share_of_age)
            share_of_age *= 1.5
        self.joined = len(ends)
        self.ends = minutes(ends) + self.ends[-EXACT:]
        self.changes = units([*changes, *self.changes[-EXACT:]])

    def _neighbours_joined(
        self, ends: list[int], changes: list[int], share_of_age: float
    ) -> tuple[list[int], list[int]]:
        assert self.since is not None
        newest, begin = self.ends[-1], self.since
        joined_ends, joined_changes = ends[:1], changes[:1]
        for end, change in zip(ends[1:], changes[1:]):
            if end - begin <= share_of_age * (newest - end):
                joined_ends[-1] = end
                joined_changes[-1] += change
            else:
                begin = joined_ends[-1]
                joined_ends.append(end)
                joined_changes.append(change)
        return joined_ends, joined_changes
