"""The versions of a model as a table, and how the commands refuse."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from click.testing import CliRunner
from rich.console import Console

from api.model_versions import Current, Lineage, ModelVersion
from ops.cli import main
from ops.commands.models import versions_table

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def version(name: str, parent: str | None, reason: str) -> ModelVersion:
    scores = '{"ece": 0.0016, "log_loss": 0.06412}'
    return ModelVersion(name, parent, NOON, NOON.replace(month=10), NOON, "{}", "d" * 64, scores, reason, 812)


def shown(current: Current) -> list[list[str]]:
    versions = (version("nb-2.2", "nb-2.1", "[b]learned[/b] on 812 labels"), version("nb-2.1", None, ""))
    text = StringIO()
    Console(file=text, width=160).print(versions_table(Lineage(versions, current, None)))
    rows = [line.split("│")[1:-1] for line in text.getvalue().splitlines() if "│" in line]
    return [[cell.strip() for cell in row] for row in rows]


def test_a_version_is_a_row_and_what_others_wrote_is_no_markup() -> None:
    newest, _ = shown(Current("nb-2.2"))
    assert newest == [
        "nb-2.2",
        "yes",
        "2026-11-24 12:00",
        "2026-10-24 to 2026-11-24",
        "812",
        "ece 0.0016, log_loss 0.0641",
        "[b]learned[/b] on 812 labels",
    ]


def test_the_table_tells_which_version_is_served_and_which_is_pinned() -> None:
    assert [row[1] for row in shown(Current("nb-2.2"))] == ["yes", ""]
    assert [row[1] for row in shown(Current("nb-2.2", pinned="nb-2.1"))] == ["", "pinned"]


def test_a_tenant_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--folder", str(tmp_path), "models", "list", "nobody"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The accounts database: ")
    assert result.output.count("\n") == 1
