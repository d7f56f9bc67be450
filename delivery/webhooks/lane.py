"""What waits for one endpoint, and which of it may be sent now. Pure.

Of each key, which is a SKU and its warehouse, one message at a time is on its way, the oldest first; the next may go when
what became of it is safe in the database. An endpoint is sent one message at a time at first, more with each that gets through
promptly, and one again when one does not.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush

AT_ONCE = 8
"""To one endpoint that is well."""
ENOUGH = 50
"""With fewer than this many that may go at once, more are wanted."""
MOST = 500
"""Held of one endpoint, however many wait in the database."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that is not done. ``number`` orders those of one ``key``; ``tries`` were made."""

    number: int
    key: str
    message_id: str
    payload: str
    tries: int
    due: datetime


class Lane:
    """Deliveries by key; each is added, taken, sent and then over, or back again."""

    def __init__(self) -> None:
        self._by_key: dict[str, deque[Waiting]] = {}
        self._numbers: set[int] = set()
        self._heads: list[tuple[datetime, int, str]] = []
        self._on_the_way = 0
        self._most_on_the_way = 1
        self.is_well = True

    def __len__(self) -> int:
        return len(self._numbers)

    def wants_more(self, now: datetime) -> bool:
        """Whether to look for more in the database, if there is more."""
        if len(self._numbers) >= MOST:
            return False
        return sum(due <= now for due, _, _ in self._heads) < ENOUGH

    def add(self, deliveries: Iterable[Waiting]) -> None:
        """Take these, in the order of their numbers, less those that are here already."""
        for delivery in deliveries:
            if delivery.number in self._numbers:
                continue
            self._numbers.add(delivery.number)
            of_key = self._by_key.setdefault(delivery.key, deque())
            of_key.append(delivery)
            if len(of_key) == 1:
                self._push(delivery)

    def take(self, now: datetime) -> list[Waiting]:
        """Those that may be sent now, and are from now on their way."""
        taken = []
        while self._heads and self._heads[0][0] <= now and self._on_the_way < self._most_on_the_way:
            _, _, key = heappop(self._heads)
            taken.append(self._by_key[key][0])
            self._on_the_way += 1
        return taken

    def sent(self, *, well: bool) -> None:
        """One is no longer on its way, and got through promptly or not; its key still waits for `over` or `again`."""
        self._on_the_way -= 1
        self._most_on_the_way = min(2 * self._most_on_the_way, AT_ONCE) if well else 1
        self.is_well = well

    def over(self, delivery: Waiting) -> None:
        """The delivery is done with: the next of its key may go."""
        of_key = self._by_key[delivery.key]
        of_key.popleft()
        self._numbers.remove(delivery.number)
        if of_key:
            self._push(of_key[0])
        else:
            del self._by_key[delivery.key]

    def again(self, delivery: Waiting, due: datetime) -> None:
        """The delivery is to be tried once more, before all others of its key."""
        later = replace(delivery, tries=delivery.tries + 1, due=due)
        self._by_key[delivery.key][0] = later
        self._push(later)

    @property
    def next_due(self) -> datetime | None:
        """When to `take` next, unless something ends before; None: not before something ends or is added."""
        return self._heads[0][0] if self._heads and self._on_the_way < self._most_on_the_way else None

    def _push(self, head: Waiting) -> None:
        heappush(self._heads, (head.due, head.number, head.key))
