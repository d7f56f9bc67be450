"""The arithmetic of how much a load needs, and the options of a trial."""

from pathlib import Path

import numpy
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.drain.backlog import by_zipf
from bench.scale.needs import BUSY, HELD, MEASURED, PAGE, Load, needs, rows, windows_begun
from bench.scale.options import BACKENDS, lay_over
from ops.parts.flink import CONFIGURATION

GOAL = Load(300_000, 10_000_000, 2)


def test_as_many_windows_begin_as_in_a_shop_by_the_clock() -> None:
    skus, events_a_second, seconds = 500, 2_000, 60
    held_s, begun = 2 * HELD, 0
    open_until = numpy.zeros(skus)
    for number, sku in enumerate(by_zipf(1, skus, events_a_second * seconds)):
        at_s = number / events_a_second
        if at_s >= open_until[sku]:
            open_until[sku] = at_s + held_s
            begun += 1
    # beside those with which it began
    assert windows_begun(skus, events_a_second, 2) == pytest.approx((begun - skus / 2) / seconds, rel=0.03)


@given(st.integers(1, 5_000), st.floats(0, 1e5), st.floats(0.1, 60))
def test_never_more_windows_than_events_nor_than_fit_one_after_the_other(
    skus: int, events: float, window_s: float
) -> None:
    assert 0 <= windows_begun(skus, events, window_s) <= min(events, skus / window_s) + 1e-6


@given(st.floats(100, 1e5), st.integers(100, 10_000), st.floats(1, 60))
def test_a_longer_window_never_makes_more_rows(events: float, skus: int, window_s: float) -> None:
    assert Load(events, skus, 2 * window_s).rows <= Load(events, skus, window_s).rows * (1 + 1e-9)


def test_no_slot_is_asked_for_more_than_it_may_be_busy() -> None:
    found = needs(GOAL, MEASURED)
    assert max(found.python_cores, found.source_cores) <= found.task_managers * BUSY
    assert found.task_managers == found.partitions


@pytest.mark.parametrize("window_s", [2, 30])
def test_the_page_holds_what_is_computed(window_s: int) -> None:
    page = PAGE.read_text()
    for name, cell in rows(needs(Load(GOAL.events, GOAL.skus, window_s), MEASURED)).items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        assert cell in [each.strip() for each in line.split("|")], line


@pytest.mark.parametrize("backend", BACKENDS)
def test_options_are_laid_over_the_project_s_own(tmp_path: Path, backend: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text((CONFIGURATION / "config.yaml").read_text())
    lay_over(file, BACKENDS[backend])
    found = yaml.safe_load(file.read_text())
    assert found["state"]["backend"]["type"] == backend
    assert found["taskmanager"]["numberOfTaskSlots"] == 1
