"""What is wrong with an event log, as its owner is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SHOWN = 5


class Fault(NamedTuple):
    """What is wrong in one place: a line or a row, counted from 1."""

    place: int
    reason: str


class BadLog(ValueError):
    """A file that is no event log. The message is one line, with the first few faults."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")

    @classmethod
    def of_faults(cls, file: Path, noun: str, faults: Sequence[Fault], count: int) -> "BadLog":
        """``faults`` are the first of ``count``; ``noun`` is what their places are, such as ``line``."""
        shown = "; ".join(f"{noun} {fault.place}: {fault.reason}" for fault in faults[:SHOWN])
        more = count - min(len(faults), SHOWN)
        return cls(file, f"{shown}; and {more} more" if more else shown)
