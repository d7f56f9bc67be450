"""The versions of a model as a table, and how the commands refuse."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from api.models.model_versions import Current, Lineage, ModelVersion
from ops.cli import main
from ops.commands.models import versions_table

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def version(name: str, parent: str | None, reason: str) -> ModelVersion:
    scores = '{"ece": 0.0016, "log_loss": 0.06412}'
    return ModelVersion(name, parent, NOON, NOON.replace(month=10), NOON, "{}", "d" * 64, scores, reason, 812)


def shown(current: Current, width: int = 160) -> list[str]:
    """Each version's row: its cells, of however many lines, with single blanks."""
    versions = (version("nb-2.2", "nb-2.1", "[b]learned[/b] on 812 labels"), version("nb-2.1", None, ""))
    text = StringIO()
    Console(file=text, width=width).print(versions_table(Lineage(versions, current, None)))
    lines = [line.split("│")[1:-1] for line in text.getvalue().splitlines() if "│" in line]
    starts = [at for at, line in enumerate(lines) if line[0].strip()]
    rows = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    return [" ".join(" ".join(" ".join(cell) for cell in zip(*row, strict=True)).split()) for row in rows]


WHOLE = "2026-11-24 12:00 2026-10-24 to 2026-11-24 812"


@pytest.mark.parametrize("width", [80, 160])
def test_a_version_is_a_row_that_is_whole_at_any_width_and_no_markup_of_others(width: int) -> None:
    newest, oldest = shown(Current("nb-2.2"), width)
    assert newest == f"nb-2.2 yes {WHOLE} [b]learned[/b] on 812 labels ece 0.0016, log_loss 0.0641"
    assert oldest == f"nb-2.1 {WHOLE} ece 0.0016, log_loss 0.0641"


def test_the_table_tells_which_version_is_served_and_which_is_pinned() -> None:
    newest, oldest = shown(Current("nb-2.2", pinned="nb-2.1"))
    assert newest.startswith(f"nb-2.2 {WHOLE}")
    assert oldest.startswith(f"nb-2.1 pinned {WHOLE}")


def test_a_tenant_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--folder", str(tmp_path), "models", "list", "nobody"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: The accounts database: ")
    assert result.output.count("\n") == 1
