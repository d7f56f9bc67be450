"""What the process does at once, and the parts that all of it shares."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from api.database import Database
from delivery.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What every task is given."""

    settings: Settings
    database: Database


Task = Callable[[Parts], Awaitable[None]]
"""Runs until it is cancelled. What it raises is a fault of ours and ends the process, which is then started again."""


async def run_all(tasks: Sequence[Task], parts: Parts) -> None:
    """Run them side by side until one fails or the caller is cancelled; none outlives the call."""
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(_running(task, parts), name=task.__module__)


async def _running(task: Task, parts: Parts) -> None:
    await task(parts)
