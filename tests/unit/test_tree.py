"""The shape of the project: which package may know which, and what no file may hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAY_IMPORT: dict[str, set[str]] = {
    "schemas": set(),
    "feature_repo": set(),
    "udfs": {"schemas"},
    "backtest": {"udfs"},
    "jobs": {"schemas", "udfs"},
    "api": {"schemas", "feature_repo"},
    "feature_writer": {"schemas", "feature_repo", "api"},
    "delivery": {"schemas", "feature_repo", "api"},
    "ops": {"schemas", "feature_repo", "udfs", "jobs", "api", "feature_writer", "delivery", "backtest"},
}
"""What each package may import of the others: always one way, from what is deployed to what it is made of."""

WITHOUT_FLINK = ["schemas", "feature_repo", "udfs", "backtest", "api", "feature_writer", "delivery"]
"""Packages that are pure Python, and are tested without a cluster."""

LONGEST_MODULE = 350
NAMES_THAT_SAY_NOTHING = {"base", "common", "helper", "helpers", "lib", "manager", "misc", "util", "utils"}

OWN_FOLDERS = [*MAY_IMPORT, ".ci", "bench", "docs", "flink-conf", "smoke", "tests"]
LOCK_FILES = ["requirements.lock", "ops/uv.lock", "bench/drain/requirements.lock"]

# a namespace of Maven's pom files looks like an address and is none
REGISTRY = re.compile(
    r"https?://(?!maven\.apache\.org/)[^/\s]*(artifact|crates|maven|mirror|nexus|npm|proxy|py(pi|thonhosted)|registry)"
)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_one_way(package: str) -> None:
    others = MAY_IMPORT.keys() - MAY_IMPORT[package] - {package}
    assert list(_imports_of(package, others)) == []


@pytest.mark.parametrize("package", WITHOUT_FLINK)
def test_flink_stays_in_the_jobs(package: str) -> None:
    assert list(_imports_of(package, {"pyflink"})) == []


def test_no_package_is_without_a_rule() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"} == MAY_IMPORT.keys()


def test_modules_stay_short() -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in _files() if path.suffix == ".py"}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_modules_are_named_for_what_they_hold() -> None:
    modules = [path for path in _files() if path.suffix in (".py", ".java")]
    assert [_name(path) for path in modules if path.stem.lower() in NAMES_THAT_SAY_NOTHING] == []


def test_no_file_names_a_registry() -> None:
    named = {_name(path): found.group() for path in _files() if (found := REGISTRY.search(_text(path)))}
    assert named == {}


@pytest.mark.parametrize("lock", LOCK_FILES)
def test_locked_requirements_come_from_wherever_the_installer_is_set_to(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


def _imports_of(package: str, forbidden: set[str]) -> Iterator[str]:
    """Imports of the forbidden packages, such as ``api/app.py:12 imports ops``."""
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            for module in _imported(node):
                if module.split(".")[0] in forbidden:
                    yield f"{_name(path)}:{node.lineno} imports {module}"  # type: ignore[attr-defined] # an import


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []


def _files() -> list[Path]:
    """The project's own files, less what builds and tests leave beside them."""
    inside = [path for folder in OWN_FOLDERS for path in (ROOT / folder).rglob("*")]
    made = {"__pycache__", "target"}
    return [path for path in [*ROOT.glob("*"), *inside] if path.is_file() and made.isdisjoint(path.parts)]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _text(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")
