"""Looks at a contender from outside: how far it is, and what it has cost by then."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

LOOKS_A_SECOND = 4
LONGEST_STANDSTILL_S = 240.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a contender is."""

    events: int
    rows: int | None = None
    """Predictions that it made of events; None of a program that makes none."""


class Running(Protocol):
    """A contender at work."""

    @property
    def processes(self) -> Sequence[psutil.Process]:
        """Its own, without the broker."""

    def counts(self) -> Counts:
        """So far."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be seen at one moment."""

    at: float
    done: int
    rows: int | None
    cpu_seconds: float
    broker_cpu_seconds: float
    rss_mib: float


def look_at(running: Running, broker: psutil.Process) -> Look:
    """After a short wait, so that the looks cost little."""
    time.sleep(1 / LOOKS_A_SECOND)
    costs = [_cost(each) for process in running.processes for each in _family(process)]
    at, counts = time.monotonic(), running.counts()
    return Look(
        at=at,
        done=counts.events,
        rows=counts.rows,
        cpu_seconds=sum(cpu_seconds for cpu_seconds, _ in costs),
        broker_cpu_seconds=_cost(broker)[0],
        rss_mib=sum(rss_mib for _, rss_mib in costs),
    )


def until(look: Callable[[], Look], is_enough: Callable[[Look], bool], program: str) -> list[Look]:
    """All looks until that. Raises `RuntimeError` where no event is read for long."""
    seen, moved_at = [look()], time.monotonic()
    while not is_enough(seen[-1]):
        seen.append(look())
        if seen[-1].done > seen[-2].done:
            moved_at = time.monotonic()
        if time.monotonic() - moved_at > LONGEST_STANDSTILL_S:
            raise RuntimeError(f"{program} stands still at {seen[-1].done:,} events")
    return seen


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _cost(process: psutil.Process) -> tuple[float, float]:
    """CPU seconds and resident MiB; nothing of a child that has ended, which its parent counts from then on."""
    try:
        times = process.cpu_times()
        spent = float(times.user + times.system + times.children_user + times.children_system)
        return spent, process.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return 0.0, 0.0
