"""The whole API in a process of its own, beside a stack, as a benchmark wants it."""

import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psutil

from ops.ports import free_ports, is_open
from ops.stack import Stack

UNLIMITED = "1000000"
"""Requests a second: the limit is looked at, and never reached."""


@contextmanager
def served(module: str, variant: str, stack: Stack) -> Iterator[tuple[int, psutil.Process]]:
    """The port and the process of ``python -m module --serve variant`` while it runs, with the stack's environment."""
    (port,) = free_ports(1)
    environment = {
        **os.environ,
        **stack.env,
        "AURORA_PORT": str(port),
        "AURORA_REQUESTS_PER_SECOND": UNLIMITED,
        "AURORA_BURST": UNLIMITED,
    }
    command = [sys.executable, "-m", module, "--serve", variant]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not is_open(port):
            assert running.poll() is None, "the server did not start"
            time.sleep(0.1)
        yield port, psutil.Process(running.pid)
    finally:
        running.terminate()
        running.wait()


def core_of_api() -> int:
    """The first that there is."""
    return min(os.sched_getaffinity(0))


@contextmanager
def on_other_cores(process: psutil.Process) -> Iterator[None]:
    """This thread and that process without the core of the API. Where there is no other, they share it."""
    mine, its = os.sched_getaffinity(0), os.sched_getaffinity(process.pid)
    others = mine - {core_of_api()} or mine
    try:
        _pin(process, others)
        os.sched_setaffinity(0, others)
        yield
    finally:
        os.sched_setaffinity(0, mine)
        _pin(process, its)


def _pin(process: psutil.Process, cores: Collection[int]) -> None:
    # one call moves one thread
    for thread in process.threads():
        os.sched_setaffinity(thread.id, cores)


def cpu_seconds(process: psutil.Process) -> float:
    """What the process has used so far, in all its threads."""
    times = process.cpu_times()
    return times.user + times.system
