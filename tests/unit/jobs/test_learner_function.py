"""What the learner's operator keeps of a tenant, and when it keeps nothing. State is a list or a dict here."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.learner_function import LEARNER_STATE, LESSONS_STATE, ORDERS_STATE, LearnerFunction
from udfs.lessons import FORGET, Lessons
from udfs.snapshots import Label

TENANT = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a11"
LESSON = Lessons([Label(1, (0, 0), False)])


class KeyedState:
    """Value, list and map state under the names that Flink has for them."""

    def __init__(self) -> None:
        self.kept: Any = None

    def value(self) -> Any:
        return self.kept

    def update(self, value: Any) -> None:
        self.kept = value

    def add(self, value: Any) -> None:
        self.kept = [*(self.kept or []), value]

    def get(self, key: Any = None) -> Any:
        return (self.kept or []) if key is None else self.kept[key]

    def contains(self, key: Any) -> bool:
        return key in (self.kept or {})

    def put(self, key: Any, value: Any) -> None:
        self.kept = {**(self.kept or {}), key: value}

    def items(self) -> Any:
        return (self.kept or {}).items()

    def clear(self) -> None:
        self.kept = None


class Clock:
    """A timer service; remembers which timers were set."""

    def __init__(self) -> None:
        self.timers: list[int] = []

    def current_processing_time(self) -> int:
        return 1_790_000_000_000

    def register_processing_time_timer(self, at_ms: int) -> None:
        self.timers.append(at_ms)


@pytest.fixture
def states() -> dict[str, KeyedState]:
    return {each.get_name(): KeyedState() for each in (LEARNER_STATE, LESSONS_STATE, ORDERS_STATE)}


@pytest.fixture
def learner(states: dict[str, KeyedState], monkeypatch: pytest.MonkeyPatch) -> LearnerFunction:
    monkeypatch.setattr("jobs.learner_function.LearnerMetrics", lambda group: None)

    def of(descriptor: Any) -> KeyedState:
        return states[descriptor.get_name()]

    function = LearnerFunction(timedelta(minutes=1), timedelta(minutes=15))
    function.open(
        SimpleNamespace(get_state=of, get_list_state=of, get_map_state=of, get_metrics_group=lambda: None)
    )
    return function


@pytest.fixture
def context() -> SimpleNamespace:
    clock = Clock()
    return SimpleNamespace(clock=clock, timer_service=lambda: clock, get_current_key=lambda: TENANT)


def test_what_a_tenant_teaches_is_kept_and_looked_at_later(
    learner: LearnerFunction, states: dict[str, KeyedState], context: SimpleNamespace
) -> None:
    for _ in range(2):
        learner.process_element1((TENANT.encode(), LESSON.pack()), context)
    learner.process_element2((TENANT, 497_000, 3), context)
    learner.process_element2((TENANT, 497_000, -1), context)
    assert states[LESSONS_STATE.get_name()].kept == [LESSON.pack()] * 2
    assert states[ORDERS_STATE.get_name()].kept == {497_000: 2}
    assert len(context.clock.timers) == 1


def test_of_a_tenant_that_is_no_more_nothing_is_kept_and_nothing_published(
    learner: LearnerFunction, states: dict[str, KeyedState], context: SimpleNamespace
) -> None:
    learner.process_element1((TENANT.encode(), LESSON.pack()), context)
    learner.process_element2((TENANT, 497_000, 3), context)
    (timer,) = context.clock.timers
    states[LEARNER_STATE.get_name()].update(b"what was learned before")
    learner.process_element1((TENANT.encode(), FORGET), context)
    assert [*learner.on_timer(timer, context)] == []
    assert {name: state.kept for name, state in states.items()} == dict.fromkeys(states)

    # a tenant that comes back begins anew, with a timer of its own
    learner.process_element1((TENANT.encode(), LESSON.pack()), context)
    assert len(context.clock.timers) == 2
