"""CPU seconds of the stack's processes, by part; those of the TaskManager also by what its threads do."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import psutil

from ops.stack import Stack

TASKMANAGER = "flink-taskmanager-1"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
THREADS = {
    "Source: orders": "source, decode, combine",
    "SkuRisk": "risk in Python, and sinks behind it",
    "Learner": "learner in Python",
    "kafka-producer": "producers",
    "Source Data Fet": "fetcher",
    "G1 ": "garbage collection",
    "GC Thread": "garbage collection",
    "C1 Compiler": "compiler",
    "C2 Compiler": "compiler",
}
"""Beginnings of the names of threads, of which Linux keeps 15 characters."""
OTHERS = "all else"

CpuSeconds = Mapping[str, float]
"""By part; a part's own share as ``part: what``."""


class ProcessorTime:
    """The parts of a running stack, none of which may be started again meanwhile."""

    def __init__(self, stack: Stack) -> None:
        self._processes = {
            name: psutil.Process(status.process.pid)
            for name, status in stack.status().items()
            if status.process.pid
        }

    def used(self) -> CpuSeconds:
        """Since each process began."""
        return {name: _with_children(process) for name, process in self._processes.items()}

    def of_threads(self) -> CpuSeconds:
        """Those of the TaskManager's threads that live."""
        found: Counter[str] = Counter()
        for thread in Path(f"/proc/{self._processes[TASKMANAGER].pid}/task").iterdir():
            try:
                name, stat = (thread / "comm").read_text().strip(), (thread / "stat").read_text()
            except FileNotFoundError:
                continue
            user, system = stat.rpartition(")")[2].split()[11:13]
            found[_work_of(name)] += (int(user) + int(system)) / TICKS_A_SECOND  # type: ignore[assignment]  # a float is fine
        return {f"{TASKMANAGER}: {work}": seconds for work, seconds in found.items()}


def _work_of(thread: str) -> str:
    return next((work for begin, work in THREADS.items() if thread.startswith(begin)), OTHERS)


def _with_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system
