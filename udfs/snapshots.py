"""What was foretold at each grid hour, kept until a day later the truth is known: the labels that the model learns from.

The grid is 00, 06, 12 and 18 o'clock UTC in event time. A snapshot is made when the first event after a grid hour comes,
or when time is known to have passed it, from the state as it was at that hour. After 24 hours it becomes a `Label`:
the SKU ran out in that time, or it did not. Where units arrived in it that had not been announced by the grid hour, the
snapshot is censored and gives no label, for the model could not know of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple, Self

from udfs.grid import GRID_MINUTES
from udfs.step_orders import Expecting

HORIZON_STEPS = 4
"""Grid steps until the truth is known."""
HORIZON_MINUTES = HORIZON_STEPS * GRID_MINUTES

MOST_QUIET_MINUTES = 14 * 1440
"""No snapshots of a SKU of which nothing was heard for so long."""

LOGIT_STEPS = 4000
"""Scaled logits are kept as whole numbers of this fraction: fine enough for any use, and the same on every way."""

RAN_OUT, CENSORED = 1, 2

_LABEL = Struct("<i2hB")
LABEL_BYTES = _LABEL.size


class Snapshot(NamedTuple):
    """At a grid hour: its number since 1970, the law's scaled logit by each of `MEMORIES`, and what happened since."""

    grid: int
    logits: tuple[int, int]
    flags: int = 0


class Label(NamedTuple):
    """What was foretold at a grid hour, and whether the SKU ran out in the 24 hours after it."""

    grid: int
    logits: tuple[int, int]
    ran_out: bool

    def pack(self) -> bytes:
        """As bytes, for the way to the learner."""
        return _LABEL.pack(self.grid, *self.logits, self.ran_out)

    @classmethod
    def unpack_all(cls, packed: bytes) -> list[Self]:
        """Those that `pack` wrote, one behind the other. Raises ``struct.error`` where the last is not whole."""
        return [
            cls(grid, (short, even), bool(ran_out))
            for grid, short, even, ran_out in _LABEL.iter_unpack(packed)
        ]


@dataclass(slots=True)
class Snapshots:
    """Those of one SKU whose truth is not known yet, oldest first, and the newest grid hour passed."""

    passed: int | None = None
    pending: list[Snapshot] = field(default_factory=list)
    expecting: Expecting | None = None
    """As of the newest grid hour passed, where goods were on the shelf at it."""

    def is_due(self, minute: int) -> bool:
        """Whether an event of that minute is the first after a grid hour."""
        return self.passed is None or (minute - 1) // GRID_MINUTES > self.passed

    def add(self, grid: int, logits: Sequence[float]) -> None:
        """Keep what is foretold at a grid hour."""
        short, even = logits
        self.pending.append(Snapshot(grid, (round(short * LOGIT_STEPS), round(even * LOGIT_STEPS))))

    def mature(self, grid: int) -> list[Label]:
        """Move on to a grid hour: labels of the snapshots of at least 24 hours before."""
        self.passed = grid
        labels = []
        while self.pending and self.pending[0].grid <= grid - HORIZON_STEPS:
            snapshot = self.pending.pop(0)
            if not snapshot.flags & CENSORED:
                labels.append(Label(snapshot.grid, snapshot.logits, bool(snapshot.flags & RAN_OUT)))
        return labels

    def ran_out(self, minute: int) -> None:
        """The shelf became empty at that event minute."""
        self._flag(RAN_OUT, (minute - HORIZON_MINUTES) / GRID_MINUTES, minute / GRID_MINUTES)

    def censor(self, known_since: int, minute: int) -> None:
        """Units arrived at ``minute`` that had all been announced only by the minute ``known_since``."""
        self._flag(CENSORED, (minute - HORIZON_MINUTES) / GRID_MINUTES, known_since / GRID_MINUTES)

    def _flag(self, flag: int, first: float, before: float) -> None:
        """Set a flag of the snapshots at grid hours from ``first`` on and before ``before``."""
        for i, snapshot in enumerate(self.pending):
            if first <= snapshot.grid < before:
                self.pending[i] = snapshot._replace(flags=snapshot.flags | flag)
