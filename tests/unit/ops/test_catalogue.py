"""The parts of a stack, and the order in which they start."""

from collections.abc import Collection
from pathlib import Path

import pytest

from ops.parts.catalogue import parts_of
from ops.settings import StackSettings
from ops.stack import Stack, StackFailure

EVERY_PART = [
    *("kafka", "redis", "flink-jobmanager", "flink-taskmanager-1", "job"),
    *("feature-writer-online", "feature-writer-offline", "api", "delivery", "sandbox"),
]


def test_the_default_stack_is_whole() -> None:
    assert [part.name for part in parts_of(StackSettings())] == EVERY_PART


@pytest.mark.parametrize("task_managers", [1, 3])
def test_every_part_comes_after_what_it_needs(task_managers: int) -> None:
    started: set[str] = set()
    for part in parts_of(StackSettings(task_managers=task_managers)):
        assert set(part.needs) <= started, part.name
        started.add(part.name)


def test_the_job_waits_for_every_task_manager() -> None:
    parts = {part.name: part for part in parts_of(StackSettings(task_managers=3))}
    assert {f"flink-taskmanager-{number}" for number in (1, 2, 3)} <= set(parts["job"].needs)


def test_only_a_stack_with_an_owner_is_guarded(tmp_path: Path) -> None:
    assert "guard" not in {part.name for part in parts_of(StackSettings())}
    guard = parts_of(StackSettings.for_tests(tmp_path))[0]
    assert guard.name == "guard"
    assert guard.always, "a stack of any parts must end with its owner"


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({"redis"}, ["redis"]),
        ({"api"}, ["kafka", "redis", "api"]),
        ({"job", "redis"}, ["kafka", "redis", "flink-jobmanager", "flink-taskmanager-1", "job"]),
        (EVERY_PART, EVERY_PART),
        ({"sandbox"}, [part for part in EVERY_PART if part not in ("feature-writer-offline", "delivery")]),
    ],
)
def test_a_part_brings_what_it_needs(asked: Collection[str], order: list[str]) -> None:
    assert Stack(StackSettings()).order(asked) == order


def test_an_unknown_part_is_named_beside_those_that_there_are() -> None:
    with pytest.raises(StackFailure, match=r"There is no part kafak; the parts are kafka, redis, "):
        Stack(StackSettings()).order({"kafak"})


def test_only_the_sandbox_waits_to_be_asked_for() -> None:
    assert [part.name for part in parts_of(StackSettings()) if part.on_demand] == ["sandbox"]
