"""How what is learned of a tenant is written into checkpoints.

A packed learner begins with the version of its layout. A new layout gets a new number and a reader for the old ones;
``tests/unit/udfs/golden`` holds learners of every version. Layout of version 1, little-endian::

    start        version, bytes of the header; see `_START`
    header       JSON: whatever is a name or a whole number, and how much of the rest there is; see `_header`
    numbers      64-bit floats: of each contender its weights, its evidence by row, faded labels, faded loss and bins
                 of its scoreboard; orders and times passed of each hour of the week
    labels       those that wait, as `Label.pack` writes them
    drift        ADWIN, pickled

Everything comes back to the last bit but for one case. ADWIN keeps its window in compiled code of River, which has no
other way out than a pickle, and a pickle of one River is not safe to read in another. So the version of River stands
beside it, and under another version the watch for a drift starts afresh: it forgets that nothing was wrong so far, and
nothing of what was learned.

What a contender is made of (its memory, how fast it forgets, its prior) is code, not state. One that the code no longer
has is dropped, and a new one starts from its prior.
"""

import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version as version_of
from struct import Struct, error
from typing import Any

import numpy as np
from numpy.typing import NDArray

from udfs.learner import Contender, Learner
from udfs.lessons import Lessons
from udfs.level import Level
from udfs.operational_time import HOURS
from udfs.scoreboard import BINS
from udfs.snapshots import Label
from udfs.week_orders import WeekOrders

VERSION = 1
_START = Struct("<BI")
_BINS = (2, len(BINS) + 1)
_NUMBER = np.dtype("<f8")
_RIVER = version_of("river")


class UnreadableLearner(ValueError):
    """Bytes that are not a learner of a version that this code reads."""


def pack(learner: Learner) -> bytes:
    """The learner as bytes."""
    labels = b"".join([label.pack() for waiting in learner.waiting.values() for label in waiting])
    drift = pickle.dumps(learner.drift, protocol=5)
    header = json.dumps(_header(learner, len(labels), len(drift)), separators=(",", ":")).encode()
    week = learner.week
    numbers = np.concatenate([*map(_numbers, learner.contenders), week.counts, week.passed])
    start = _START.pack(VERSION, len(header))
    return b"".join((start, header, numbers.astype(_NUMBER).tobytes(), labels, drift))


def unpack(packed: bytes) -> Learner:
    """The learner that the bytes hold. Raises `UnreadableLearner`."""
    version = packed[0] if packed else None
    if version != VERSION:
        raise UnreadableLearner(f"No reader for a learner of version {version}.")
    try:
        return _unpack(packed)
    except (error, ValueError) as problem:
        raise UnreadableLearner(f"{len(packed)} bytes hold no whole learner: {problem}.") from problem


def _header(learner: Learner, label_bytes: int, drift_bytes: int) -> dict[str, Any]:
    return {
        "contenders": [
            {
                "memory": contender.memory,
                "forgetting_days": contender.forgetting_days,
                "features": list(contender.model.weights),
                "scored_grid": contender.scores.grid,
            }
            for contender in learner.contenders
        ],
        "champion": learner.champion,
        "week_hour": learner.week.hour,
        "steps": [[grid, *orders] for grid, orders in learner.level.steps.items()],
        "levels": [[grid, *levels] for grid, levels in learner.level.told.items()],
        "first_grid": learner.first_grid,
        "newest_grid": learner.newest_grid,
        "labels": learner.labels,
        "number": learner.number,
        "parent": learner.parent,
        "parameters_digest": learner.parameters_digest,
        "news": learner.news,
        "label_bytes": label_bytes,
        "drift_bytes": drift_bytes,
        "river": _RIVER,
    }


def _numbers(contender: Contender) -> NDArray[np.float64]:
    scores = contender.scores
    return np.concatenate(
        [
            list(contender.model.weights.values()),
            contender.model.evidence.ravel(),
            [scores.labels, scores.loss],
            scores.bins.ravel(),
        ]
    )


def _unpack(packed: bytes) -> Learner:
    _, header_bytes = _START.unpack_from(packed)
    numbers_from = _START.size + header_bytes
    header = json.loads(packed[_START.size : numbers_from])
    drift_from = len(packed) - header["drift_bytes"]
    labels_from = drift_from - header["label_bytes"]
    numbers = np.frombuffer(packed[numbers_from:labels_from], _NUMBER)
    parts = _split(numbers, [*_sizes(header["contenders"]), HOURS, HOURS])

    learner = Learner(
        first_grid=header["first_grid"],
        newest_grid=header["newest_grid"],
        labels=header["labels"],
        number=header["number"],
        parent=header["parent"],
        parameters_digest=header["parameters_digest"],
        news=header["news"],
    )
    places = {_what(contender): place for place, contender in enumerate(learner.contenders)}
    for number, kept in enumerate(header["contenders"]):
        of_contender = [next(parts) for _ in range(4)]
        place = places.get((kept["memory"], kept["forgetting_days"]))
        if place is not None:
            _restore(learner.contenders[place], kept, *of_contender)
            learner.champion = place if number == header["champion"] else learner.champion
    learner.week = WeekOrders(next(parts), next(parts), header["week_hour"])
    learner.level = Level(
        {grid: orders for grid, *orders in header["steps"]},
        {grid: tuple(levels) for grid, *levels in header["levels"]},
    )
    learner.take([Lessons(Label.unpack_all(packed[labels_from:drift_from]))])
    if header["river"] == _RIVER:
        learner.drift = pickle.loads(packed[drift_from:])
    return learner


def _sizes(contenders: Iterable[dict[str, Any]]) -> Iterator[int]:
    for kept in contenders:
        features = len(kept["features"])
        yield from (features, features * features, 2, _BINS[0] * _BINS[1])


def _split(numbers: NDArray[np.float64], sizes: list[int]) -> Iterator[NDArray[np.float64]]:
    if len(numbers) != sum(sizes):
        raise ValueError(f"{sum(sizes)} numbers are wanted, and there are {len(numbers)}")
    return (part.astype(np.float64) for part in np.split(numbers, np.cumsum(sizes)[:-1]))


def _what(contender: Contender) -> tuple[int, int]:
    return contender.memory, contender.forgetting_days


def _restore(
    contender: Contender,
    kept: dict[str, Any],
    weights: NDArray[np.float64],
    evidence: NDArray[np.float64],
    sums: NDArray[np.float64],
    bins: NDArray[np.float64],
) -> None:
    size = len(weights)
    contender.model.restore(dict(zip(kept["features"], weights.tolist())), evidence.reshape(size, size))
    contender.scores.grid = kept["scored_grid"]
    contender.scores.labels, contender.scores.loss = sums.tolist()
    contender.scores.bins = bins.reshape(_BINS)
