"""Real parts of the stack for the tests, each started when a test first asks for it, all gone after the run."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from ops.stack import Stack, StackSettings

# how long an example takes says more about the machine than about the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# what a shell set for its own stack must not reach those of the tests
for variable in [name for name in os.environ if name.startswith("AURORA_")]:
    del os.environ[variable]


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
