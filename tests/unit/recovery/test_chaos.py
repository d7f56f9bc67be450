"""What the long form will do, and in which order."""

import re
import shlex
from itertools import islice

import pytest
from recovery.chaos import Plan, pairs, parsed, table, turns
from recovery.faults import SINGLE
from recovery.ordeals import ordeals
from recovery.trial import Result

from ops.settings import PROJECT


def plan(seed: int, *only: str) -> Plan:
    return Plan(seed, minutes=1, old_events=1_000, only=only, json=None)


def names(seed: int) -> list[str]:
    return [name for name, _ in turns(plan(seed))]


def test_each_fault_and_each_ordeal_has_its_turn() -> None:
    wanted = [*(fault.name for fault in SINGLE), *(ordeal.name for ordeal in ordeals(1_000))]
    assert sorted(names(1)) == sorted(wanted)
    assert len(set(names(1))) == len(wanted)


def test_a_seed_gives_the_same_order_again_and_another_one_another() -> None:
    assert names(1) == names(1) != names(2)
    first, again, other = ([name for name, _ in islice(pairs(plan(seed)), 20)] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("seed", range(10))
def test_slots_come_back_to_one_at_the_end(seed: int) -> None:
    assert names(seed)[-2:] == ["rescale to 2", "rescale to 1"]


def test_some_may_be_picked_by_name() -> None:
    picked = plan(1, "kafka")
    assert {name for name, _ in turns(picked)} == {each.name for each in SINGLE if "kafka" in each.name}
    assert len(turns(plan(1, "kafka", "rescale"))) == len(turns(picked)) + 2
    assert list(pairs(picked)) == []


def test_names_that_nothing_has_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(["--only", "kafak"])
    assert ended.value.code == 2
    assert "kafak" in capsys.readouterr().err


def test_it_holds_only_where_it_recovered_in_time_and_nothing_is_wrong() -> None:
    def result(recovery_s: float | None, *wrong: str) -> Result:
        return Result("kill", recovery_s, 30, 1, 1, 0, [*wrong])

    assert result(29).holds
    assert not result(31).holds
    assert not result(None).holds
    assert not result(1, "A has 1 instead of 2").holds
    assert table([result(29), result(None)]).row_count == 2


def test_the_commands_of_the_page_are_understood_and_name_what_there_is() -> None:
    page = (PROJECT / "docs" / "reliability.md").read_text()
    plans = [parsed(shlex.split(options)) for options in re.findall(r'ARGS="([^"]+)"', page)]
    assert len(plans) == 2
    assert all(turns(plan) for plan in plans)
