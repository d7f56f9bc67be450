"""One stack under load for all faults of the short form."""

from collections.abc import Iterator

import pytest
from recovery.scene import Scene, opened
from recovery.tills import Pace


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The running scene."""
    with opened(1, Pace(hot=0.3), tmp_path_factory.mktemp("recovery")) as scene:
        yield scene
