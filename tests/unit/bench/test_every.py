"""``make bench`` knows every benchmark, and each can leave its figures."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.every import BENCHMARKS
from ops.settings import PROJECT

BENCH = PROJECT / "bench"
WITHOUT_FIGURES = {"every", "event_logs", "http_load", "served_api", "risk_model"}
"""What runs the others, what two of them share, and the one that wants a history with its truth."""


def program(command: Sequence[str]) -> Path:
    if command[0] != "-m":
        return PROJECT / command[0]
    path = PROJECT.joinpath(*command[1].split("."))
    return path / "__main__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_can_leave_its_figures(name: str) -> None:
    assert '"--json"' in program(BENCHMARKS[name]).read_text()


def test_none_is_forgotten() -> None:
    found = {
        path.relative_to(BENCH).parts[0].removesuffix(".py") for path in map(program, BENCHMARKS.values())
    }
    packages = {path.parent.name for path in BENCH.glob("*/__main__.py")}
    modules = {path.stem for path in BENCH.glob("*.py")} - WITHOUT_FIGURES
    assert found == packages | modules
