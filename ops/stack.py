"""The whole stack on one machine: started in order of dependency, watched, and stopped without a trace."""

import fcntl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ops import leftovers
from ops.environment import environment_of, inherited
from ops.parts.catalogue import parts_of
from ops.parts.part import MissingProgram, Part, Unhealthy
from ops.settings import StackSettings
from ops.supervision import ProcessState, Supervisor, SupervisorAway, log_file

__all__ = ["PartStatus", "Stack", "StackFailure", "StackSettings"]

POLL_S = 0.1
LOG_TAIL_LINES = 15
SHUTDOWN_LIMIT = timedelta(seconds=30)


class StackFailure(Exception):
    """The stack, or a part of it, could not be started. One line, then the tail of the part's log."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part as it is now. ``health`` is empty where it is well, else what is wrong."""

    process: ProcessState
    health: str


def _silent(part: str) -> None:
    """Says nothing of the part that starts."""


class Stack:
    """Controls the stack of one folder. Any number of these objects, in any process, control the same stack."""

    def __init__(self, settings: StackSettings) -> None:
        self.settings = settings
        self.parts: dict[str, Part] = {part.name: part for part in parts_of(settings)}
        self._supervisor = Supervisor(settings)

    @property
    def env(self) -> dict[str, str]:
        """The ``AURORA_*`` environment by which the parts, and programs beside them, find each other."""
        return environment_of(self.settings)

    def up(self, names: Collection[str] | None = None, starting: Callable[[str], None] = _silent) -> None:
        """Start these parts and what they need (``None``: all but those on demand), each once those that it needs are well.

        Parts that run are left alone; ``starting`` is called with the name of each that does not. Raises `StackFailure`.
        """
        with self._alone():
            self._ensure_supervisor()
            for name in self.order(self._usual() if names is None else names):
                self._start(self.parts[name], starting)

    def down(self, stopping: Callable[[str], None] = _silent) -> int:
        """Stop everything, the dependants first; returns how many processes had to be ended without supervisord."""
        with self._alone():
            try:
                supervisord = self._supervisor.pid()
                running = {name for name, process in self._supervisor.states().items() if process.pid}
                for name in reversed(self.order(self.parts)):
                    if name in running:
                        stopping(name)
                        self._supervisor.stop_part(name)
                self._supervisor.shut_down()
                _wait_for_end(supervisord)
            except SupervisorAway:
                pass
            return leftovers.end(self.settings.folder)

    def status(self) -> dict[str, PartStatus]:
        """Every part as it is now; empty where the stack is down."""
        try:
            # a stack that was started with other settings may have other parts
            known = self._supervisor.states()
            return {
                name: self._status(part)
                for name, part in self.parts.items()
                # one on demand that nobody asked for is not missing
                if name in known and not (part.on_demand and known[name].state == "STOPPED")
            }
        except SupervisorAway:
            return {}

    def pids(self) -> dict[str, int]:
        """The process of every part that runs, well or not; empty where the stack is down."""
        try:
            return {name: process.pid for name, process in self._supervisor.states().items() if process.pid}
        except SupervisorAway:
            return {}

    def log_file(self, part: str) -> Path:
        """Where a part's output is kept."""
        return log_file(self.settings, part)

    def order(self, names: Collection[str]) -> list[str]:
        """These parts and all that they need, in the catalogue's order, so that each comes after what it needs."""
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in self.parts:
                raise StackFailure(f"There is no part {name}; the parts are {', '.join(self.parts)}.")
            wanted.add(name)
            waiting.extend(self.parts[name].needs)
        return [name for name in self.parts if name in wanted]

    def _usual(self) -> list[str]:
        return [name for name, part in self.parts.items() if not part.on_demand]

    def _ensure_supervisor(self) -> None:
        parts = [*self.parts.values()]
        try:
            if not self._supervisor.runs_as(parts):
                raise StackFailure("The stack runs with other settings; stop it first with `aurora down`.")
        except SupervisorAway:
            leftovers.end(self.settings.folder)
            environment = {**inherited(), **self.env, **leftovers.mark(self.settings.folder)}
            try:
                self._supervisor.start(parts, environment)
            except SupervisorAway as error:
                raise StackFailure(str(error)) from error

    def _start(self, part: Part, starting: Callable[[str], None]) -> None:
        before = self._status(part)
        if not before.health:
            return
        starting(part.name)
        if (
            before.process.state == "BACKOFF"
        ):  # it failed earlier, and its pause before the next try may be long
            self._supervisor.stop_part(part.name)
        try:
            part.prepare()
        except MissingProgram as error:
            raise StackFailure(f"{part.name} cannot start: {error}") from error
        self._supervisor.start_part(part.name)
        self._await(part)

    def _await(self, part: Part) -> None:
        deadline = time.monotonic() + part.start_limit.total_seconds()
        pids: set[int] = set()
        while (status := self._status(part)).health:
            process = status.process
            pids.update({process.pid} - {0})
            if process.state in {"BACKOFF", "EXITED", "FATAL"} or len(pids) > 1:
                raise self._failure(part, "ended as it started")
            if time.monotonic() > deadline:
                raise self._failure(part, f"was not well after {part.start_limit.seconds} s: {status.health}")
            time.sleep(POLL_S)

    def _status(self, part: Part) -> PartStatus:
        """Its health, and then its process: if another program answers on its port, the process has ended by then."""
        try:
            part.check()
            health = ""
        except Unhealthy as error:
            health = str(error)
        process = self._supervisor.states()[part.name]
        if process.state != "RUNNING":
            health = f"the process is {process.state.lower()}"
        return PartStatus(process, health)

    def _failure(self, part: Part, what: str) -> StackFailure:
        file = self.log_file(part.name)
        lines = file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:] if file.exists() else []
        tail = "".join(f"\n  {line}" for line in lines)
        return StackFailure(f"{part.name} {what}. The end of {file}:{tail}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock, so that two commands never start or stop the same stack at once."""
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        self.settings.folder.chmod(0o700)  # it holds secrets
        with (self.settings.folder / "stack.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + SHUTDOWN_LIMIT.total_seconds()
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(POLL_S)
