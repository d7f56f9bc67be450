"""When a step of a trial is over, and what is told of its checkpoints."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.drain.looks import Counts
from bench.scale import steps
from bench.scale.checkpoints import Checkpoint, CheckpointLog, read
from bench.scale.spent import Cost, Spent
from bench.scale.steps import Drain
from bench.scale.table import table
from bench.scale.trial import First, Scaled, scaled
from ops.settings import StackSettings

SKUS = 10
HISTORY = SimpleNamespace(events_before=40, events=140, backlog=SimpleNamespace(skus=SKUS))
BEGAN_S = 1_000.0
DONE = Checkpoint(1, "COMPLETED", BEGAN_S, 0.5, 10.0, 1.0)


def of(number: int, status: str, seconds: float = 0.5, began: float = BEGAN_S) -> Checkpoint:
    return Checkpoint(number, status, began, seconds, 10.0, 1.0)


@dataclass
class Scripted:
    """A job that is as far as its script says, a turn after the other; each turn takes a second."""

    counted: Sequence[Counts]
    known: Callable[[int], Sequence[Checkpoint]] = lambda turn: []
    turn: int = 0

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.submitted = False
        settings = StackSettings.for_tests(Path("nowhere"))
        stack = SimpleNamespace(settings=settings)
        self.cluster = SimpleNamespace(counts=lambda: self.now, submit=self._submit, stack=stack)

    @property
    def now(self) -> Counts:
        return self.counted[min(self.turn, len(self.counted) - 1)]

    def checkpoints(self) -> Sequence[Checkpoint]:
        return self.known(self.turn)

    def spent(self) -> Spent:
        rows = self.now.rows or 0
        # by the clock one more a turn
        return Spent(self.began + self.turn, self.turn, 0, 0, self.now.events, rows, rows + self.turn)

    def turns(self) -> Iterator[None]:
        while self.turn < 400:
            yield
            self.turn += 1
        raise RuntimeError("nothing came of it")

    def until(self, is_so: Callable[[], bool]) -> None:
        for _ in self.turns():
            if is_so():
                return

    def _submit(self, command: Sequence[str]) -> None:
        self.submitted = True


def built(job: Scripted) -> Cost:
    return steps.built(cast(Any, job), cast(Any, HISTORY))


def test_the_state_is_built_when_each_sku_has_its_prediction_and_not_when_all_is_read() -> None:
    script = [Counts(0, 0), Counts(5, 0), *(Counts(40, rows) for rows in range(SKUS + 1))]
    job = Scripted(script)
    found = built(job)
    assert job.submitted
    # from the first event at turn 1 to the last row at turn 12; the wait for more is not in it
    assert (found.seconds, found.all) == (11, 11)
    assert (found.events, found.rows) == (35, SKUS)


def test_a_sku_in_two_rows_is_waited_for_too() -> None:
    late = [Counts(40, SKUS)] * 4 + [Counts(40, SKUS + 1)]
    assert built(Scripted([Counts(1, 0), Counts(40, 9), *late])).rows == SKUS + 1


def test_a_state_that_lacks_a_sku_is_never_built() -> None:
    with pytest.raises(RuntimeError):
        built(Scripted([Counts(1, 0), Counts(40, SKUS - 1)]))


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> Drain:
    """Of 100 sales: read within 3 turns, thought of within 6; the checkpoints are those of `_known`."""
    monkeypatch.setattr(steps, "BACKLOG_AFTER_S", 0)
    rows = (10, 20, 30, 30, 40, 50, 60)
    job = Scripted([Counts(40 + min(100, 50 * turn), each) for turn, each in enumerate(rows)])
    epoch_s = time.time() - time.monotonic() + job.began
    job.known = lambda turn: _known(turn, epoch_s)
    held: list[str] = []

    def hold_sales() -> Callable[[], None]:
        held.append("written")
        return lambda: held.append("let go")

    history = SimpleNamespace(**vars(HISTORY), hold_sales=hold_sales)
    found = steps.drained(cast(Any, job), cast(Any, history))
    assert held == ["written", "let go"]
    return found


def _known(turn: int, epoch_s: float) -> Sequence[Checkpoint]:
    """Those of the build, of which one is long under way; a failed one; one that ends late; one at rest."""
    found = [
        of(1, "COMPLETED", 99, epoch_s - 100),
        of(2, "COMPLETED" if turn > 1 else "IN_PROGRESS", 88, epoch_s - 1),
        of(3, "FAILED" if turn > 2 else "IN_PROGRESS", 2, epoch_s + 1),
        of(4, "COMPLETED" if turn > 100 else "IN_PROGRESS", 7, epoch_s + 5),
        of(5, "COMPLETED", 0.1, epoch_s + 10),
    ]
    return [each for each in found if each.began <= epoch_s + turn]


def test_a_drain_ends_with_its_last_prediction(drained: Drain) -> None:
    cost = drained.cost
    assert (cost.seconds, cost.events, cost.rows) == (6, 100, 50)
    assert cost.predictions == 56


def test_the_checkpoints_of_a_drain_are_those_that_began_while_it_went_on(drained: Drain) -> None:
    found = [(each.number, each.status) for each in drained.checkpoints]
    assert found == [(3, "FAILED"), (4, "COMPLETED")]


def test_a_log_remembers_what_flink_forgets() -> None:
    shown = [
        [of(7, "COMPLETED")],
        [of(8, "IN_PROGRESS"), of(7, "COMPLETED")],
        [of(8, "FAILED")],
        [of(9, "COMPLETED")],
    ]
    looks = iter(shown)
    log = CheckpointLog(lambda: next(looks))
    for _ in shown[1:]:
        log.look()
    assert log.begun_by(BEGAN_S) == [of(8, "FAILED"), of(9, "COMPLETED")]
    assert log.begun_by(BEGAN_S - 1) == []


def test_checkpoints_are_read_as_flink_tells_them() -> None:
    row = {
        "id": 4,
        "status": "FAILED",
        "trigger_timestamp": 1_500,
        "end_to_end_duration": 2_500,
        "state_size": 2**20,
        "checkpointed_size": 2**19,
    }
    older = {**row, "id": 3, "status": "COMPLETED"}
    first, second = read({"history": [row, older]})
    assert (first.number, first.is_complete, first.is_under_way) == (3, True, False)
    assert second == Checkpoint(4, "FAILED", 1.5, 2.5, 1.0, 0.5)


def of_trial(checkpoints: Sequence[Checkpoint]) -> Scaled:
    cost = Cost(2.0, 4.0, 1.0, 1.0, 100, 10, 20)
    first = First(cost, Drain(cost, checkpoints), [DONE, replace(DONE, seconds=0.7)], 100.0, 12.0, 900.0)
    return scaled("rocksdb", SKUS, first, 15.0, 950.0)


def test_a_trial_tells_the_longest_checkpoint_that_came_to_its_end() -> None:
    found = of_trial(
        [of(1, "COMPLETED", 1.5), of(2, "COMPLETED", 1.0), of(3, "FAILED", 120), of(4, "IN_PROGRESS")]
    )
    assert (found.longest_checkpoint_s, found.failed_checkpoints) == (1.5, 2)
    assert (found.checkpoint_s, found.peak_rss_mib, found.drained_per_second) == (0.7, 950.0, 50.0)
    assert found.row_us == pytest.approx(50_000)


def test_no_checkpoint_is_not_one_of_no_time() -> None:
    trials = [of_trial([]), of_trial([of(3, "FAILED", 120)]), of_trial([of(3, "COMPLETED", 1.5)])]
    trials.append(of_trial([of(3, "COMPLETED", 1.5), of(4, "FAILED", 120)]))
    found = table(trials)
    names = [*found.columns[0].cells]
    row = names.index("checkpoint while draining, s at most")
    cells = [[*column.cells][row] for column in found.columns[1:]]
    assert cells == ["-", "-, 1 failed", "1.5", "1.5, 1 failed"]
