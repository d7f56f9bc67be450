"""Processes of a stack that nobody supervises any more.

Every process of a stack carries the stack's folder in its environment, so it is found whoever its parent is: also
after supervisord was killed, and also where a part's own child outlived it.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "AURORA_STACK"
PATIENCE_S = 10.0


def mark(folder: Path) -> dict[str, str]:
    """The environment by which a stack's processes are known."""
    return {MARK: str(folder)}


def processes(folder: Path) -> list[psutil.Process]:
    """All processes of the stack in this folder, supervisord among them; never the calling one or its parents."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [each for each in psutil.process_iter() if each.pid not in own and _stack_of(each) == str(folder)]


def end(folder: Path) -> int:
    """Ask all of them to stop, kill those that do not, and return how many there were."""
    found = processes(folder)
    for process in found:
        _signal(process, psutil.Process.terminate)
    _, stubborn = psutil.wait_procs(found, timeout=PATIENCE_S)
    for process in stubborn:
        _signal(process, psutil.Process.kill)
    psutil.wait_procs(stubborn, timeout=PATIENCE_S)
    return len(found)


def _stack_of(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get(MARK)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _signal(process: psutil.Process, send: Callable[[psutil.Process], None]) -> None:
    with suppress(psutil.NoSuchProcess):
        send(process)
