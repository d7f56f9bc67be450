"""The end of the demo; this file sorts last, since it stops the stack that the others use."""

import pytest
from e2e.running_demo import Demo

from ops import leftovers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_down_leaves_no_process(demo: Demo) -> None:
    running = leftovers.processes(demo.stack.settings.folder)
    assert len(running) >= 8
    done = demo.aurora("down")
    assert (done.returncode, done.stderr) == (0, "")
    assert leftovers.processes(demo.stack.settings.folder) == []
    assert not any(process.is_running() for process in running)
