"""Usage as a table, and how the commands refuse."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from click.testing import CliRunner
from rich.console import Console

from api.usage.stored_usage import Usage
from ops.cli import main
from ops.commands.usage import usage_table


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_hours_are_added_up_to_days() -> None:
    text = StringIO()
    by_hour = {at(23, 23): Usage(1_500, 2, 30_000, 1), at(24, 0): Usage(1), at(24, 5): Usage(2, 0, 7, 4)}
    Console(file=text, width=100).print(usage_table(by_hour))
    rows = [line.replace("│", " ").split() for line in text.getvalue().splitlines() if "2026" in line]
    assert rows == [["2026-11-23", "1,500", "2", "30,000", "1"], ["2026-11-24", "3", "0", "7", "4"]]


def test_resetting_goes_by_itself(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["--folder", str(tmp_path), "limits", "shop", "--reset", "--burst", "5"]
    )
    assert result.exit_code == 2
    assert "--reset goes only by itself" in result.output


def test_a_burst_of_nothing_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--folder", str(tmp_path), "limits", "shop", "--burst", "0"])
    assert result.exit_code == 2
