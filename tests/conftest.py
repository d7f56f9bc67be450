"""Real parts of the stack for the tests, each started when a test first asks for it, all gone after the run."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ops.stack import Stack, StackSettings

# how long an example takes says more about the machine than about the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# what a shell set for its own stack must not reach those of the tests
for variable in [name for name in os.environ if name.startswith("AURORA_")]:
    del os.environ[variable]

KINDS = ("unit", "service", "e2e")
"""Kinds of tests, the quickest first."""
KIND_OF_FOLDER = {"recovery": "e2e"}
"""Where a folder is not named as its kind."""
HERE = Path(__file__).parent


def kind_of(item: pytest.Item) -> str:
    """Which of the kinds a test is."""
    return _kind_of(item.path.relative_to(HERE).parts[0])


def _kind_of(folder: str) -> str:
    return KIND_OF_FOLDER.get(folder, folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder, and let the quick ones go first."""
    for item in items:
        if kind_of(item) != "unit":
            item.add_marker(kind_of(item))
    items.sort(key=lambda item: KINDS.index(kind_of(item)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how the tests that ran are mixed; about 70, 25 and 5 percent are wanted."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    counts = Counter(_kind_of(Path(report.nodeid).parts[1]) for report in reports if report.when == "call")
    if total := sum(counts.values()):
        mix = ", ".join(f"{kind} {counts[kind]} ({counts[kind] / total:.0%})" for kind in KINDS)
        terminalreporter.write_line(f"mix of tests: {mix}")


@pytest.fixture(scope="session")
def stack_settings(tmp_path_factory: pytest.TempPathFactory) -> StackSettings:
    """Settings of the session's own stack: a folder and free ports."""
    return StackSettings.for_tests(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def stack(stack_settings: StackSettings) -> Iterator[Stack]:
    """The session's stack, with nothing started yet."""
    stack = Stack(stack_settings)
    try:
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def kafka(stack: Stack) -> str:
    """Bootstrap address of a running Kafka with no topics."""
    stack.up({"kafka"})
    return stack.settings.kafka_bootstrap


@pytest.fixture(scope="session")
def redis(stack: Stack) -> str:
    """URL of a running Redis."""
    stack.up({"redis"})
    return stack.settings.redis_url
