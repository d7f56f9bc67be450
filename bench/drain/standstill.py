"""When the last row is through: the job tells how many it made, and not whether another is to come."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

STANDSTILL_S = 60.0
"""No row for so long, and there is none left. In a backlog `CombineEvents` reads four times as long as it sent, times the number
of slots, and what it sends waits for Python: on a machine with a load of 15 no row came for 17 s, and then more did."""


class Timed(Protocol):
    """A look at some moment, in monotonic seconds."""

    @property
    def at(self) -> float: ...


Seen = TypeVar("Seen", bound=Timed)


def settled(looks: Iterable[Seen], rows: Callable[[Seen], int]) -> Seen:
    """The first look that shows the last row, once no other came for long enough: the wait itself is not in it.

    Raises `RuntimeError` where the looks end before that.
    """
    last: Seen | None = None
    for look in looks:
        # a job that cannot be asked now shows fewer
        if last is None or rows(look) > rows(last):
            last = look
        elif look.at - last.at > STANDSTILL_S:
            return last
    raise RuntimeError("rows still came at the last look")
