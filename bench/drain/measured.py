"""A program that is draining, watched from outside: what it has done, by which cost."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import psutil

from bench.drain.contenders.shelf import TELL_EVERY
from bench.drain.looks import Look, Running, look_at, until
from bench.drain.standstill import settled

WARM_UP_SHARE = 0.1
"""Of the backlog, drained before the clock starts: a JVM compiles while it reads it."""
LONGEST_WARM_UP_CPU_S = 30.0


@dataclass(frozen=True, slots=True)
class Thought:
    """What Python made of the events, from the end of the warm-up on. Rows that waited then are among them."""

    rows: int
    seconds: float
    cpu_seconds: float
    """Of all of the contender until then."""
    events: int
    to_the_last: bool
    """Until the last row of the backlog; else only until the time that it was given was over."""

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Events."""
        return self.events / self.cpu_seconds


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
    thought: Thought | None = None
    """Of the risk job."""

    @property
    def per_second(self) -> float:
        return self.events / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.events / self.cpu_seconds


def measure(
    program: str, running: Running, broker: psutil.Process, began: float, events: int, longest_cpu_s: float
) -> Drained:
    """Watch it until it is through, or has spent so much behind its warm-up. ``began``: when it was started, monotonic.

    Limits are of its own CPU time: on a shared machine a second by the clock says little.
    """
    look = partial(look_at, running, broker)
    first = until(look, lambda seen: seen.done > 0, program)[-1]
    warming = until(
        look,
        lambda seen: seen.done >= WARM_UP_SHARE * events
        or seen.cpu_seconds - first.cpu_seconds > LONGEST_WARM_UP_CPU_S,
        program,
    )
    warm = warming[-1]
    steady = until(
        look,
        lambda seen: _is_through(seen, events) or seen.cpu_seconds - warm.cpu_seconds > longest_cpu_s,
        program,
    )
    found = _drained(program, began, [first, *warming], steady)
    return replace(found, thought=_thought(look, warm, steady[-1], events, program))


def _is_through(seen: Look, events: int) -> bool:
    return seen.done > events - TELL_EVERY


def _drained(program: str, began: float, warming: Sequence[Look], steady: Sequence[Look]) -> Drained:
    first, warm = warming[0], warming[-1]
    # at the last look it may have been through for a while
    end = steady[-2] if len(steady) > 1 else steady[-1]
    return Drained(
        program=program,
        events=end.done - warm.done,
        seconds=end.at - warm.at,
        cpu_seconds=end.cpu_seconds - warm.cpu_seconds,
        broker_cpu_seconds=end.broker_cpu_seconds - warm.broker_cpu_seconds,
        peak_mib=max(seen.rss_mib for seen in (*warming, *steady)),
        start_s=first.at - began,
        warm_up_s=warm.at - first.at,
        load=os.getloadavg()[0],
    )


def _thought(look: Callable[[], Look], warm: Look, read: Look, events: int, program: str) -> Thought | None:
    """What came of the rows: those that wait where the backlog was read to its end come first."""
    if warm.rows is None:
        return None
    to_the_last = _is_through(read, events)
    if to_the_last:
        until(look, lambda seen: seen.done >= events, program)
        read = settled(iter(look, None), lambda seen: seen.rows or 0)
    return Thought(
        rows=(read.rows or 0) - warm.rows,
        seconds=read.at - warm.at,
        cpu_seconds=read.cpu_seconds - warm.cpu_seconds,
        events=read.done - warm.done,
        to_the_last=to_the_last,
    )
