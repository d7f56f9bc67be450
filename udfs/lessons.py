"""What one SKU tells the learner, and how it goes there."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple, Self

from udfs.snapshots import LABEL_BYTES, Label
from udfs.step_orders import StepOrders

_COUNT = Struct("<I")


class Lessons(NamedTuple):
    """Labels that came due, and the orders of steps that ended."""

    labels: Sequence[Label] = ()
    steps: Sequence[StepOrders] = ()

    def pack(self) -> bytes:
        """As bytes: how many labels, the labels, the steps."""
        packed = [_COUNT.pack(len(self.labels))]
        packed += [label.pack() for label in self.labels]
        packed += [step.pack() for step in self.steps]
        return b"".join(packed)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """What `pack` wrote. Raises ``struct.error`` for other bytes."""
        (labels,) = _COUNT.unpack_from(packed)
        steps_from = _COUNT.size + labels * LABEL_BYTES
        return cls(
            Label.unpack_all(packed[_COUNT.size : steps_from]), StepOrders.unpack_all(packed[steps_from:])
        )


NO_LESSONS = Lessons()
FORGET = NO_LESSONS.pack()
"""Instead of lessons: the tenant is no more, and nothing that it taught is kept."""
