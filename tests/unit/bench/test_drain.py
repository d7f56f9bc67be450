"""What the contenders of the drain compute, and how they are watched."""

import time
from pathlib import Path
from subprocess import Popen
from uuid import UUID

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drain.backlog import Backlog, by_zipf
from bench.drain.contenders.shelf import HALF_LIFE_MS, TELL_EVERY, Change, Shelf, after, reader
from bench.drain.measured import Drained, measure
from bench.drain.programs import Program
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


class Steady:
    """Does 100,000 events a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.processes = [psutil.Process()]

    def done(self) -> int:
        return int((time.monotonic() - self._began) * 100_000)


def test_what_is_measured_lies_between_the_warm_up_and_the_end() -> None:
    events = 150_000
    found = measure("steady", Steady(), psutil.Process(), time.monotonic(), events, 60)
    assert 0 < found.events <= 0.9 * events + TELL_EVERY
    assert found.per_second == pytest.approx(100_000, rel=0.3)
    assert found.peak_mib > 1


def test_the_ratio_is_of_events_per_cpu_second_to_bytewax() -> None:
    def run(program: str, cpu_seconds: float) -> Drained:
        return Drained(program, 1_000, 1.0, cpu_seconds, 0.1, 10.0, 1.0, 1.0, 0.5)

    found = table([run("loop with a dict", 4.0), run("Bytewax", 10.0), run("risk job, 1 slot", 2.5)])
    assert [*found.columns[3].cells] == ["2.50", "1.00", "4.00"]
