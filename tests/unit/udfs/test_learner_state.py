"""A packed learner comes back bit by bit, goes on as if nothing had been, and old ones are read for ever."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs import learner_state
from udfs.grid import GRID_MINUTES
from udfs.learner import Learner
from udfs.learner_state import UnreadableLearner, pack, unpack
from udfs.lessons import Lessons
from udfs.snapshots import Label
from udfs.step_orders import StepOrders

GOLDEN = Path(__file__).parent / "golden"
FIRST_GRID = 80_544
HOURS_A_STEP = GRID_MINUTES // 60


@st.composite
def batches(draw: st.DrawFn) -> list[tuple[Lessons, list[tuple[int, int]]]]:
    """Labels and orders of a few grid hours, as a seed makes them: a value at a time would be too slow to draw."""
    chance = Random(draw(st.integers(0, 2**32)))
    return [
        a_batch(FIRST_GRID + step, draw(st.integers(0, 60)), chance)
        for step in range(draw(st.integers(0, 8)))
    ]


def a_batch(grid: int, size: int, chance: Random) -> tuple[Lessons, list[tuple[int, int]]]:
    """Lessons of a grid hour, whose labels come true as often as a steep curve says, and the orders since the last."""
    made = []
    for _ in range(size):
        first = chance.randint(-9000, 9000)
        ran_out = chance.random() < 1 / (1 + 2.7 ** (-first / 1500))
        made.append(Label(grid, (first, first + chance.randint(-500, 500)), ran_out))
    orders = [(grid * HOURS_A_STEP + hour, chance.randint(-2, 40)) for hour in range(HOURS_A_STEP)]
    steps = [StepOrders(grid, *(chance.uniform(0, 9) for _ in range(3))) for _ in range(size)]
    return Lessons(made, steps), orders


def busy_learner(steps: int = 40) -> Learner:
    """Ten days of a hundred labels each six hours, a version published, and some labels left that wait."""
    learner, chance = Learner(), Random(3)
    for step in range(steps):
        made, orders = a_batch(FIRST_GRID + step, 100, chance)
        learner.take([made])
        learner.take_orders(orders)
        learner.learn()
    learner.publish(1_790_000_000_000)
    learner.news.append("drift seen at 2025-06-01T00:00Z")
    for grid in (FIRST_GRID + steps + 1, FIRST_GRID + steps):
        learner.take(a_batch(grid, 3, chance)[:1])
    return learner


@given(batches())
@settings(max_examples=15)
def test_a_learner_that_goes_through_its_bytes_learns_the_same(
    log: list[tuple[Lessons, list[tuple[int, int]]]]
) -> None:
    through_bytes, in_memory = Learner(), Learner()
    for number, (made, orders) in enumerate(log):
        through_bytes = unpack(pack(through_bytes))
        for learner in (through_bytes, in_memory):
            learner.take([made])
            learner.take_orders(orders)
            # every other time the newest wait
            learner.learn(FIRST_GRID + number - number % 2)
        assert through_bytes.publish(number) == in_memory.publish(number)
    assert meaning(through_bytes) == meaning(in_memory)
    assert through_bytes.waiting == in_memory.waiting


def test_all_of_a_busy_learner_comes_back() -> None:
    learner = busy_learner()
    again = unpack(pack(learner))
    assert meaning(again) == meaning(learner)
    assert list(again.waiting.items()) == list(learner.waiting.items())
    assert pack(again) == pack(learner)
    assert again.drift.estimation == learner.drift.estimation != 0
    assert again.drift.width == learner.drift.width > 0


def test_learners_of_one_process_share_nothing() -> None:
    packed = pack(busy_learner())
    first, second = unpack(packed), unpack(packed)
    first.learn()
    first.take_orders([(10**6, 5)])
    assert pack(second) == packed


def test_under_another_river_only_the_watch_for_drifts_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = busy_learner()
    packed = pack(learner)
    monkeypatch.setattr(learner_state, "_RIVER", "999.0")
    again = unpack(packed)
    assert meaning(again) == meaning(learner)
    assert again.drift.width == 0


def test_a_contender_that_the_code_no_longer_has_is_dropped() -> None:
    learner = busy_learner()
    learner.contenders[0].forgetting_days = 7
    learner.champion = 0
    again = unpack(pack(learner))
    assert len(again.contenders) == len(Learner().contenders)
    assert again.champion == Learner().champion
    assert meaning(again)["contenders"][1:] == meaning(learner)["contenders"][1:]
    assert again.contenders[0].scores.labels == 0


@pytest.mark.parametrize("packed", [b"", b"\x00", b"\xff" + bytes(200)])
def test_an_unknown_version_is_named(packed: bytes) -> None:
    with pytest.raises(UnreadableLearner, match="version"):
        unpack(packed)


@given(st.integers(1, 4000))
@settings(max_examples=50)
def test_a_learner_cut_short_is_not_read(missing: int) -> None:
    packed = pack(Learner())
    with pytest.raises(UnreadableLearner):
        unpack(packed[: max(1, len(packed) - missing)])


def test_a_learner_with_more_behind_it_is_not_read() -> None:
    with pytest.raises(UnreadableLearner):
        unpack(pack(busy_learner()) + b"\0")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("learner_*.json")), ids=lambda path: path.stem)
def test_every_learner_ever_written_is_still_read(path: Path) -> None:
    golden = json.loads(path.read_text())
    assert meaning(unpack(bytes.fromhex(golden["packed"]))) == golden["means"]


def test_there_are_golden_learners() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} >= {f"learner_1_{each}" for each in ("new", "busy")}


def meaning(learner: Learner) -> dict[str, Any]:
    """What a learner says, as JSON has it, but for its watch for drifts."""
    return {
        "contenders": [
            {
                "name": contender.name,
                "weights": contender.model.weights,
                "evidence": contender.model.evidence.tolist(),
                "grid": contender.scores.grid,
                "labels": contender.scores.labels,
                "loss": contender.scores.loss,
                "bins": contender.scores.bins.tolist(),
            }
            for contender in learner.contenders
        ],
        "champion": learner.champion,
        "week": [learner.week.counts.tolist(), learner.week.passed.tolist(), learner.week.hour],
        "level": {
            "steps": [[grid, *orders] for grid, orders in learner.level.steps.items()],
            "told": [[grid, *levels] for grid, levels in learner.level.told.items()],
        },
        "waiting": [
            [label.grid, *label.logits, label.ran_out]
            for grid in learner.waiting
            for label in learner.waiting[grid]
        ],
        "grids": [learner.first_grid, learner.newest_grid],
        "labels": learner.labels,
        "number": learner.number,
        "parent": learner.parent,
        "parameters_digest": learner.parameters_digest,
        "news": learner.news,
    }
