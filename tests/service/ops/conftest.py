"""A stack that these tests may break, apart from the session's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.stack import Stack, StackSettings


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack of this test's own, with nothing started."""
    stack = Stack(StackSettings.for_tests(tmp_path / "stack"))
    try:
        yield stack
    finally:
        stack.down()
