"""What the replay answered, as columns."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from backtest.event_columns import MISSING, Bools, Ints, ints

if TYPE_CHECKING:
    from udfs.replay import Answer

Floats = NDArray[np.float64]


class Versions(NamedTuple):
    """Model versions: each answer's index into ``distinct``."""

    codes: Ints
    distinct: list[str]


@dataclass(frozen=True, slots=True)
class Answers:
    """Arrays of one length, in time order and by key index within; a time that is not told is `MISSING`."""

    at_ms: Ints
    key: Ints
    probability: Floats
    oos_ms: Ints
    earliest_ms: Ints
    latest_ms: Ints
    versions: Versions

    def __len__(self) -> int:
        return len(self.at_ms)

    def where(self, chosen: Bools) -> Self:
        """Those answers alone."""
        return type(self)(
            self.at_ms[chosen],
            self.key[chosen],
            self.probability[chosen],
            self.oos_ms[chosen],
            self.earliest_ms[chosen],
            self.latest_ms[chosen],
            Versions(self.versions.codes[chosen], self.versions.distinct),
        )


class AnswerColumns:
    """Answers as they come, in a few bytes each."""

    def __init__(self) -> None:
        self._at, self._key, self._probability = array("q"), array("q"), array("d")
        self._oos, self._earliest, self._latest = array("q"), array("q"), array("q")
        self._version, self._versions = array("q"), dict[str, int]()

    def take(self, at_ms: int, answers: Sequence["Answer"]) -> None:
        """Add the answers of one grid hour."""
        self._at.extend([at_ms] * len(answers))
        self._key.extend([answer.key for answer in answers])
        self._probability.extend([answer.probability for answer in answers])
        for column, times in (
            (self._oos, [answer.oos_ms for answer in answers]),
            (self._earliest, [answer.earliest_ms for answer in answers]),
            (self._latest, [answer.latest_ms for answer in answers]),
        ):
            column.extend([MISSING if time is None else time for time in times])
        numbers = self._versions
        self._version.extend([numbers.setdefault(answer.model_version, len(numbers)) for answer in answers])

    def finished(self) -> Answers:
        """All that was taken."""
        return Answers(
            at_ms=ints(self._at),
            key=ints(self._key),
            probability=np.asarray(self._probability, dtype=np.float64),
            oos_ms=ints(self._oos),
            earliest_ms=ints(self._earliest),
            latest_ms=ints(self._latest),
            versions=Versions(ints(self._version), [*self._versions]),
        )
