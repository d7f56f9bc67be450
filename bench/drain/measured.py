"""A program that is draining, watched from outside: what it has done, by which cost."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import psutil

from bench.drain.contenders.shelf import TELL_EVERY

LOOKS_A_SECOND = 4
WARM_UP_SHARE = 0.1
"""Of the backlog, drained before the clock starts: a JVM compiles while it reads it."""
LONGEST_WARM_UP_CPU_S = 30.0
LONGEST_STANDSTILL_S = 240.0


class Running(Protocol):
    """A contender at work."""

    @property
    def processes(self) -> Sequence[psutil.Process]:
        """Its own, without the broker."""

    def done(self) -> int:
        """Events so far."""


@dataclass(frozen=True, slots=True)
class Drained:
    """One contender over the backlog behind its warm-up, or over as much of it as it did in the time it was given."""

    program: str
    events: int
    seconds: float
    cpu_seconds: float
    broker_cpu_seconds: float
    peak_mib: float
    start_s: float
    """From its start to its first event."""
    warm_up_s: float
    load: float
    """Of the whole machine over the last minute, at its end."""

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.events / self.cpu_seconds


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be seen at one moment."""

    at: float
    done: int
    cpu_seconds: float
    broker_cpu_seconds: float
    rss_mib: float


def measure(
    program: str, running: Running, broker: psutil.Process, began: float, events: int, longest_cpu_s: float
) -> Drained:
    """Watch it until it is through, or has spent so much behind its warm-up. ``began``: when it was started, monotonic.

    Limits are of its own CPU time: on a shared machine a second by the clock says little.
    """

    def look() -> Look:
        time.sleep(1 / LOOKS_A_SECOND)
        costs = [_cost(each) for process in running.processes for each in _family(process)]
        return Look(
            time.monotonic(),
            running.done(),
            sum(cpu_seconds for cpu_seconds, _ in costs),
            _cost(broker)[0],
            sum(rss_mib for _, rss_mib in costs),
        )

    first = _until(look, lambda seen: seen.done > 0, program)[-1]
    warming = _until(
        look,
        lambda seen: seen.done >= WARM_UP_SHARE * events
        or seen.cpu_seconds - first.cpu_seconds > LONGEST_WARM_UP_CPU_S,
        program,
    )
    warm = warming[-1]
    steady = _until(
        look,
        lambda seen: seen.done > events - TELL_EVERY or seen.cpu_seconds - warm.cpu_seconds > longest_cpu_s,
        program,
    )
    # at the last look it may have been through for a while
    end = steady[-2] if len(steady) > 1 else steady[-1]
    return Drained(
        program=program,
        events=end.done - warm.done,
        seconds=end.at - warm.at,
        cpu_seconds=end.cpu_seconds - warm.cpu_seconds,
        broker_cpu_seconds=end.broker_cpu_seconds - warm.broker_cpu_seconds,
        peak_mib=max(seen.rss_mib for seen in (first, *warming, *steady)),
        start_s=first.at - began,
        warm_up_s=warm.at - first.at,
        load=os.getloadavg()[0],
    )


def _until(look: Callable[[], Look], is_enough: Callable[[Look], bool], program: str) -> list[Look]:
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
