"""Checkpoints of a job as Flink's REST API tells of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

COMPLETED, IN_PROGRESS = "COMPLETED", "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that is complete, under way or failed."""

    number: int
    status: str
    began: float
    """Seconds since 1970."""
    seconds: float
    """From its trigger to its end, the wait for what was under way before it too."""
    whole_mib: float
    """All that it refers to."""
    written_mib: float
    """What was written anew."""

    @property
    def is_complete(self) -> bool:
        return self.status == COMPLETED

    @property
    def is_under_way(self) -> bool:
        return self.status == IN_PROGRESS


def known(url: str, job_id: str) -> list[Checkpoint]:
    """The newest ones that Flink remembers, ten at most, the oldest first."""
    answer = httpx.get(f"{url}/v1/jobs/{job_id}/checkpoints", timeout=10).raise_for_status().json()
    return read(answer)


def read(answer: dict[str, Any]) -> list[Checkpoint]:
    """Those of an answer of Flink's."""
    return [
        Checkpoint(
            number=row["id"],
            status=row["status"],
            began=row["trigger_timestamp"] / 1000,
            seconds=row["end_to_end_duration"] / 1000,
            whole_mib=row["state_size"] / 2**20,
            written_mib=row["checkpointed_size"] / 2**20,
        )
        for row in reversed(answer["history"])
    ]


def newest(found: Sequence[Checkpoint]) -> int:
    """The number of the newest, nought if there is none."""
    return max((each.number for each in found), default=0)


class CheckpointLog:
    """All that began since this was made, each as it was seen last: Flink itself soon forgets them."""

    def __init__(self, look: Callable[[], Sequence[Checkpoint]]) -> None:
        self._look = look
        self._before = newest(look())
        self._seen: dict[int, Checkpoint] = {}

    def look(self) -> None:
        """Now."""
        self._seen |= {each.number: each for each in self._look() if each.number > self._before}

    def begun_by(self, moment: float) -> list[Checkpoint]:
        """Those that began by then, seconds since 1970."""
        return [each for each in self._seen.values() if each.began <= moment]
