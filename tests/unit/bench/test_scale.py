"""The arithmetic of how much a load needs, and the options of a trial."""

from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import numpy
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.drain.backlog import by_zipf
from bench.scale.needs import BUSY, HELD, MEASURED, PAGE, Load, needs, rows, windows_begun
from bench.scale.options import BACKENDS, lay_over
from ops.parts.flink import CONFIGURATION
from schemas import topics

GOAL = Load(300_000, 10_000_000, 2)
CHECKPOINT_EVERY_S = 5


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
    assert max(found.python_cores, found.jvm_cores) <= found.task_managers * BUSY
    assert found.task_managers == found.partitions


@pytest.mark.parametrize("window_s", [2, 30])
def test_the_page_holds_what_is_computed(window_s: int) -> None:
    page = PAGE.read_text()
    for name, cell in rows(needs(Load(GOAL.events, GOAL.skus, window_s), MEASURED)).items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        assert cell in [each.strip() for each in line.split("|")], line


def test_the_page_holds_each_cost() -> None:
    of_each = PAGE.read_text().partition("## What one of each costs")[2].partition("##")[0]
    costs = [line.split("|")[2] for line in of_each.splitlines() if line.startswith("|")]
    for name, cost in asdict(MEASURED).items():
        cell = f"{cost:g}"
        if name == "reading_us":
            assert f"combining are {cell} of it" in of_each
        else:
            assert any(cell in each.replace(";", " ").split() for each in costs), name


def test_what_the_page_says_beside_its_table_is_computed_too() -> None:
    costs, found = MEASURED, needs(GOAL, MEASURED)
    smaller = needs(Load(30_000, 1_000_000, 2), costs)
    changed_mib_s = (GOAL.rows + GOAL.refreshes) * costs.state_bytes / 2**20
    each_mib = changed_mib_s * CHECKPOINT_EVERY_S / found.task_managers

    def most(partitions: int, each_us: float) -> str:
        return f"{partitions * BUSY / each_us * 1e6:,.0f}"

    page = " ".join(PAGE.read_text().split())
    for said in (
        f"a row costs its Python {costs.row_us / costs.event_us:.0f} times as much",
        f"Of 20,000 SKUs, {GOAL.events / windows_begun(20_000, GOAL.events, 2):.0f} events in the mean",
        f"they hardly meet: {GOAL.events / GOAL.rows:.2f} events a row",
        f"30,000 events a second are {smaller.rows:,.0f} rows",
        f"every 15 minutes {smaller.python_cores:.1f} cores of Python, so {smaller.task_managers} TaskManagers",
        f"all of it by rows would make {found.jvm_cores_by_rows:.1f} cores",
        f"that is {found.task_managers} pods",
        f"{found.gateway_processes} API processes for ingest",
        f"at most share the work: {most(topics.PREDICTIONS.partitions, costs.writer_us)} predictions a second",
        f"how many sources read it, {most(topics.orders(UUID(int=0)).partitions, costs.event_us)} events a second",
        f"It takes {most(1, costs.redis_us)} predictions a second",
        f"at {costs.writer_us:g} us a row dearer",
        f"at most the {costs.state_bytes:g} bytes of each row",
        f"That is {each_mib:.0f} MiB of each TaskManager and {changed_mib_s:.0f} MiB/s",
        f"sent to their key, {costs.reading_us:g} us each",
        f"the time for {found.state_gib:.1f} GiB",
    ):
        assert said in page


@pytest.mark.parametrize("backend", BACKENDS)
def test_options_are_laid_over_the_project_s_own(tmp_path: Path, backend: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text((CONFIGURATION / "config.yaml").read_text())
    lay_over(file, BACKENDS[backend])
    found = yaml.safe_load(file.read_text())
    assert found["state"]["backend"]["type"] == backend
    assert found["taskmanager"]["numberOfTaskSlots"] == 1
