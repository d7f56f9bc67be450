"""Checkpoints of a job as Flink's REST API tells of them."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One that is complete."""

    number: int
    seconds: float
    """From its trigger to its end, the wait for what was under way before it too."""
    whole_mib: float
    """All that it refers to."""
    written_mib: float
    """What was written anew."""


def completed(url: str, job_id: str) -> list[Checkpoint]:
    """The newest ones that Flink remembers, ten at most, the oldest first."""
    answer = httpx.get(f"{url}/v1/jobs/{job_id}/checkpoints", timeout=10).raise_for_status().json()
    rows: list[dict[str, Any]] = [row for row in answer["history"] if row["status"] == "COMPLETED"]
    return [
        Checkpoint(
            number=row["id"],
            seconds=row["end_to_end_duration"] / 1000,
            whole_mib=row["state_size"] / 2**20,
            written_mib=row["checkpointed_size"] / 2**20,
        )
        for row in reversed(rows)
    ]
