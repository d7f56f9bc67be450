"""The command line: what is wrong is told in one line."""

import pytest
from click.testing import CliRunner

from feature_writer.__main__ import main


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AURORA_ONLINE_BATCH_ROWS", "0"),
        ("AURORA_OFFLINE_FILE_AGE", "soon"),
        ("AURORA_REDIS_TIMEOUT", ""),
    ],
)
def test_a_bad_setting_is_named_in_one_line(name: str, value: str) -> None:
    result = CliRunner().invoke(main, ["online"], env={name: value})
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert name in result.output


def test_help_names_both_commands() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert {"online", "offline"} <= set(result.output.split())
