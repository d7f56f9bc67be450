"""What is done to the stack: small named things, each over when its call returns."""

import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from recovery.link import Link

from ops.launch import launch
from ops.parts import flink, kafka, redis
from ops.parts.services import API, ONLINE_WRITER
from ops.stack import Stack

FROZEN_S = 20.0
CUT_S = 60.0
NO_ROOM_S = 30.0
STARTED_S = 60.0
"""How long a part may take to be started again."""


@dataclass(frozen=True, slots=True)
class Target:
    """The stack, and the link between its parts and Kafka."""

    stack: Stack
    link: Link

    def pid(self, part: str) -> int:
        """Of a part that runs; waits for one that is being started. Raises ``TimeoutError`` where it is not."""
        deadline = time.monotonic() + STARTED_S
        while not (pid := self.stack.pids().get(part, 0)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{part} was not started in {STARTED_S:.0f} s")
            time.sleep(0.1)
        return pid

    def send(self, part: str, number: signal.Signals) -> int:
        """Send a part a signal; returns to which process. One that ended meanwhile needs none."""
        pid = self.pid(part)
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid


@dataclass(frozen=True, slots=True)
class Fault:
    """``strike`` returns when the fault is over and recovery begins. ``silences`` says that the API itself is hit."""

    name: str
    strike: Callable[[Target], object]
    silences: bool = False
    limit_s: float = 30.0
    """How long recovery may take."""


def killed(part: str) -> Fault:
    """``kill -9``; supervision starts it again."""
    return Fault(f"kill {part}", lambda target: target.send(part, signal.SIGKILL), part == API)


def frozen(part: str, seconds: float = FROZEN_S) -> Fault:
    """Stopped for a while, as by a machine that hangs, and then continued if it is still there."""

    def strike(target: Target) -> None:
        pid = target.send(part, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    return Fault(f"freeze {part} {seconds:.0f} s", strike, part == API)


def wiped_redis() -> Fault:
    """Killed, with all that it wrote gone from the disk."""

    def strike(target: Target) -> None:
        # it goes on writing into files that have no name any more
        shutil.rmtree(target.stack.settings.folder / "redis" / "appendonlydir")
        target.send(redis.NAME, signal.SIGKILL)

    return Fault("kill and wipe redis", strike)


def cut_kafka(seconds: float = CUT_S) -> Fault:
    """No byte between Kafka and anybody."""

    def strike(target: Target) -> None:
        target.link.cut()
        try:
            time.sleep(seconds)
        finally:
            target.link.mend()

    return Fault(f"cut off kafka {seconds:.0f} s", strike)


def no_room_for_checkpoints(seconds: float = NO_ROOM_S) -> Fault:
    """Flink's processes may not write a byte to any file, as where a quota is used up."""

    def strike(target: Target) -> None:
        with _quota(target.pid(flink.JOBMANAGER)), _quota(target.pid(f"{flink.TASKMANAGER}-1")):
            time.sleep(seconds)

    return Fault(f"no room for checkpoints {seconds:.0f} s", strike)


@contextmanager
def _quota(pid: int) -> Iterator[None]:
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def restarted_stack() -> Fault:
    """All parts down, in order, and up again."""

    def strike(target: Target) -> None:
        target.stack.down()
        launch(target.stack, lambda _: None)

    return Fault("restart the stack", strike, silences=True)


def together(first: Fault, second: Fault) -> Fault:
    """Two at once; the limit is that of two that follow each other."""

    def strike(target: Target) -> None:
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(each.strike, target) for each in (first, second)]:
                done.result()

    name = f"{first.name} + {second.name}"
    return Fault(name, strike, first.silences or second.silences, first.limit_s + second.limit_s)


PARTS = (f"{flink.TASKMANAGER}-1", flink.JOBMANAGER, kafka.NAME, redis.NAME, ONLINE_WRITER, API)
KILLS = tuple(killed(part) for part in PARTS)
SINGLE = (
    *KILLS,
    wiped_redis(),
    *(frozen(part) for part in PARTS),
    no_room_for_checkpoints(),
    cut_kafka(),
    restarted_stack(),
)
"""Every fault, one at a time."""
