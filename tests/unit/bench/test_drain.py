"""What the contenders of the drain compute, and how they are watched."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from uuid import UUID

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drain.backlog import Backlog, by_zipf
from bench.drain.contenders.shelf import HALF_LIFE_MS, TELL_EVERY, Change, Shelf, after, reader
from bench.drain.flink_jobs import OF_PER_EVENT_JOB, OF_RISK_JOB
from bench.drain.looks import Counts
from bench.drain.measured import Drained, Thought, measure
from bench.drain.programs import Program
from bench.drain.standstill import STANDSTILL_S, settled
from bench.drain.table import table

NOW_MS = 1_800_000_000_000


def test_a_contender_reads_what_the_gateway_would_write() -> None:
    backlog, read = Backlog("nowhere:1", UUID(int=1), 10, 2), reader()
    count, sale = read(backlog.count_of(1)["value"]), read(backlog.sale_of(1)["value"])
    assert (count.key, count.is_count, count.qty) == ("SKU-0000001|W1", True, 101)
    assert (sale.key, sale.is_count, sale.qty) == ("SKU-0000001|W1", False, 2)
    assert sale.at_ms - count.at_ms >= 60_000
    assert backlog.count_of(1)["key"] == count.key.encode()


@given(st.lists(st.integers(1, 50)), st.integers(0, 1_000))
def test_stock_is_the_count_less_what_was_sold(sold: list[int], counted: int) -> None:
    shelf = after(None, Change("a|W1", True, counted, NOW_MS))
    for qty in sold:
        shelf = after(shelf, Change("a|W1", False, qty, NOW_MS))
    assert shelf == Shelf(counted - sum(sold), float(sum(sold)), NOW_MS)


def test_half_of_a_sale_is_left_after_the_half_life() -> None:
    shelf = after(after(None, Change("a", False, 8, NOW_MS)), Change("a", False, 1, NOW_MS + HALF_LIFE_MS))
    assert shelf.velocity == pytest.approx(5.0)


@given(st.integers(1, 50), st.integers(0, 500), st.integers(0, 5))
def test_as_many_sales_as_asked_for_and_none_of_a_sku_that_is_not_there(
    skus: int, events: int, seed: int
) -> None:
    numbers = [*by_zipf(seed, skus, events)]
    assert len(numbers) == events
    assert all(0 <= number < skus for number in numbers)


def test_the_first_skus_sell_most() -> None:
    numbers = [*by_zipf(1, 1_000, 50_000)]
    assert numbers.count(0) / numbers.count(99) == pytest.approx(100**0.8, rel=0.3)


@pytest.mark.parametrize(("told", "done"), [("", 0), ("5\n", 5), ("5\n120", 5), ("5\na warning\n", 5)])
def test_a_program_has_done_what_its_last_whole_line_says(tmp_path: Path, told: str, done: int) -> None:
    (tmp_path / "output").write_text(told)
    with Popen(["sleep", "60"]) as process:
        try:
            assert Program(process, tmp_path / "output", tmp_path / "errors").done() == done
        finally:
            process.kill()


def test_a_program_that_ended_is_told_by_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "errors").write_text("no broker")
    with Popen(["false"]) as process:
        process.wait()
        with pytest.raises(RuntimeError, match="no broker"):
            Program(process, tmp_path / "output", tmp_path / "errors").done()


@dataclass(frozen=True)
class Seen:
    at: float
    rows: int


LOOK_EVERY_S = STANDSTILL_S / 5


def seen(rows: Sequence[int]) -> list[Seen]:
    """Six of the same are a standstill, and more."""
    return [Seen(place * LOOK_EVERY_S, number) for place, number in enumerate(rows)]


def test_the_last_row_is_that_behind_which_none_comes() -> None:
    pause = [5] * 5
    after_it = [9] * 20
    assert settled(seen([0, 2, *pause, 7, *after_it]), lambda look: look.rows) == Seen(8 * LOOK_EVERY_S, 9)


@given(st.lists(st.integers(0, 20)))
def test_the_wait_for_more_rows_is_not_counted(rows: list[int]) -> None:
    looks = seen([*rows, *[30] * 20])
    found = settled(looks, lambda look: look.rows)
    assert found == min((look for look in looks if look.rows == found.rows), key=lambda look: look.at)
    # nothing but a standstill ends it
    later = [look.rows for look in looks if found.at < look.at <= found.at + STANDSTILL_S]
    assert later and max(later) <= found.rows


def test_a_job_that_cannot_be_asked_for_a_moment_is_not_through() -> None:
    looks = seen([5, 0, 0, 6, 0, *[6] * 10])
    assert settled(looks, lambda look: look.rows) == looks[3]


def test_rows_that_still_come_are_no_end() -> None:
    with pytest.raises(RuntimeError, match="still came"):
        settled(seen(range(100)), lambda look: look.rows)


OF_TWO = [
    f"""# TYPE flink_taskmanager_job_task_operator_predictions_total gauge
flink_taskmanager_job_task_operator_predictions_total{{operator_name="SkuRisk",}} 999.0
flink_taskmanager_job_task_operator_prediction_latency_ms_count{{operator_name="SkuRisk",}} {rows}.0
flink_taskmanager_job_task_operator_prediction_latency_ms{{operator_name="SkuRisk",quantile="0.5",}} 12.0
flink_taskmanager_job_task_operator_aurora_messages_total{{operator_name="combine",}} {events}.0
flink_taskmanager_job_task_operator_events_total{{operator_name="shelves",}} 7.0
"""
    for events, rows in ((1_000, 40), (500, 2))
]


def test_rows_are_predictions_of_events_without_those_by_the_clock() -> None:
    assert OF_RISK_JOB.read(OF_TWO) == Counts(1_500, 42)
    assert OF_RISK_JOB.read([]) == Counts(0, 0)
    assert OF_PER_EVENT_JOB.read(OF_TWO) == Counts(14, None)


class Steady:
    """Does 100,000 events a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.processes = [psutil.Process()]

    def counts(self) -> Counts:
        return Counts(int((time.monotonic() - self._began) * 100_000))


def test_what_is_measured_lies_between_the_warm_up_and_the_end() -> None:
    events = 150_000
    found = measure("steady", Steady(), psutil.Process(), time.monotonic(), events, 60)
    assert 0 < found.events <= 0.9 * events + TELL_EVERY
    assert found.per_second == pytest.approx(100_000, rel=0.3)
    assert found.peak_mib > 1
    assert found.thought is None


class Clock:
    """Goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("bench.drain.looks.time", found)
    # this process may have children of other tests
    monkeypatch.setattr("bench.drain.looks._family", lambda process: [process])
    # a CPU second a second
    monkeypatch.setattr("bench.drain.looks._cost", lambda process: (found.monotonic(), 1.0))
    return found


class Thoughtful:
    """Reads 20,000 events a second and thinks of 100 rows a second, of which there are so many."""

    def __init__(self, clock: Clock, events: int, rows: int) -> None:
        self._clock, self._events, self._rows = clock, events, rows
        self.processes = [psutil.Process()]

    def counts(self) -> Counts:
        passed_s = self._clock.monotonic()
        return Counts(min(self._events, int(passed_s * 20_000)), min(self._rows, int(passed_s * 100)))


def test_rows_are_followed_beyond_the_last_event(clock: Clock) -> None:
    events = 100_000
    found = measure("job", Thoughtful(clock, events, 700), psutil.Process(), 0.0, events, 60)
    # from the look at 0.5 s on, and the events are read within 5 s
    assert (found.events, found.seconds) == (80_000, 4.0)
    # the wait for another row is not in it
    assert found.thought == Thought(650, 6.5, 6.5, 90_000, True)


def test_rows_of_a_run_that_was_cut_short_have_no_last(clock: Clock) -> None:
    events = 100_000
    found = measure("job", Thoughtful(clock, events, 700), psutil.Process(), 0.0, events, 2)
    assert found.thought == Thought(225, 2.25, 2.25, 45_000, False)


def run(program: str, cpu_seconds: float, thought: Thought | None = None) -> Drained:
    return Drained(program, 1_000, 1.0, cpu_seconds, 0.1, 10.0, 1.0, 1.0, 0.5, thought)


def test_the_ratio_is_of_events_per_cpu_second_to_bytewax() -> None:
    found = table([run("loop with a dict", 4.0), run("Bytewax", 10.0), run("risk job, 1 slot", 2.5)])
    assert [*found.columns[3].cells] == ["2.50", "1.00", "4.00"]


def test_the_rows_stand_beside_what_is_as_it_was() -> None:
    whole, cut = Thought(3_000, 1.5, 4.0, 1_200, True), Thought(3_000, 1.5, 4.0, 1_200, False)
    found = table([run("Bytewax", 10.0), run("risk job", 2.5, whole), run("risk job", 2.5, cut)])
    assert [*found.columns[2].cells] == ["100", "400", "400"]
    rows, a_second, last, a_cpu_second = ([*column.cells] for column in found.columns[-4:])
    assert rows == ["-", "3,000", "3,000"]
    assert a_second == ["-", "2,000", "2,000"]
    assert last == ["-", "1.5", "-"]
    assert a_cpu_second == ["-", "300", "-"]
