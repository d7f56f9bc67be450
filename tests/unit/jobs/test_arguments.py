"""The command line of a submission."""

from datetime import timedelta

import pytest

from jobs.arguments import parse
from udfs import sku_state


def test_defaults_fit_a_stack_on_one_machine() -> None:
    arguments = parse([])
    assert arguments.kafka == "127.0.0.1:19092"
    assert arguments.window == timedelta(seconds=2)
    assert arguments.learn_every == timedelta(minutes=1)
    assert arguments.parallelism is None
    assert arguments.state_version == sku_state.VERSION


@pytest.mark.parametrize("wrong", ["0", str(sku_state.VERSION + 1), "new"])
def test_a_state_that_nobody_can_write_is_refused_in_one_line(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse(["--state-version", wrong])
    assert exit_.value.code == 2
    assert "--state-version" in capsys.readouterr().err.splitlines()[-1]


def test_seconds_may_be_fractions() -> None:
    assert parse(["--window", "0.5"]).window == timedelta(milliseconds=500)


@pytest.mark.parametrize("wrong", ["0", "-1", "0.0001", "soon", "nan", "inf", "1e300"])
def test_a_window_that_is_no_time_is_refused_in_one_line(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse([f"--window={wrong}"])
    assert exit_.value.code == 2
    assert "--window" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("wrong", ["0", "-2", "many"])
def test_slots_that_are_none_are_refused_in_one_line(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse([f"--parallelism={wrong}"])
    assert exit_.value.code == 2
    assert "--parallelism" in capsys.readouterr().err.splitlines()[-1]
