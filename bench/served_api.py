"""The whole API in a process of its own, beside a stack, as a benchmark wants it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
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


def cpu_seconds(process: psutil.Process) -> float:
    """What the process has used so far, in all its threads."""
    times = process.cpu_times()
    return times.user + times.system
