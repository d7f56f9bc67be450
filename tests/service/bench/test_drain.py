"""A backlog on a real broker, and a contender that drains it."""

import time
from pathlib import Path
from uuid import uuid4

from bench.drain import programs
from bench.drain.backlog import Backlog

SKUS, EVENTS = 50, 12_000
SOON_S = 60.0


def test_a_contender_drains_all_that_was_filled_in(kafka: str, tmp_path: Path) -> None:
    backlog = Backlog(kafka, uuid4(), EVENTS, SKUS)
    backlog.fill()
    with programs.loop(backlog, tmp_path / "loop") as running:
        deadline = time.monotonic() + SOON_S
        while running.done() < EVENTS and time.monotonic() < deadline:
            time.sleep(0.1)
        # and no more than that
        assert running.done() == EVENTS
