"""Supervisord for one stack: its configuration, its start, and calls to it over its unix socket."""

import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from ops.parts.part import Part
from ops.settings import PROJECT, StackSettings

# how often supervisord starts a part that dies at once before it gives up; each pause is a second longer
START_RETRIES = 10


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What supervisord knows of one part. ``pid`` is 0 unless it runs; ``uptime`` counts from its last start."""

    name: str
    state: str
    pid: int
    uptime: timedelta


class SupervisorAway(Exception):
    """Supervisord of this stack does not run."""


def log_file(settings: StackSettings, part: str) -> Path:
    """Where everything that a part prints goes."""
    return settings.logs / f"{part}.log"


def configuration(settings: StackSettings, parts: Iterable[Part]) -> str:
    """Supervisord's configuration file: every part."""
    sections: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": settings.control_socket, "chmod": "0700"},
        "supervisord": {
            "logfile": settings.logs / "supervisord.log",
            "logfile_maxbytes": "5MB",
            "logfile_backups": 1,
            "pidfile": settings.folder / "supervisord.pid",
            "directory": PROJECT,
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        **{f"program:{part.name}": _program(settings, part) for part in parts},
    }
    return "\n".join(_section(name, values) for name, values in sections.items())


def _program(settings: StackSettings, part: Part) -> dict[str, object]:
    # always in quotes, which no value holds: the settings refuse such folders
    quoted = (f'{name}="{value}"' for name, value in sorted(part.environment.items()))
    return {
        "command": shlex.join(_stepping_back(part.nice) + part.command),
        "environment": ",".join(quoted),
        "directory": PROJECT,
        "autostart": str(part.always).lower(),
        "autorestart": "true",
        "startsecs": 1,
        "startretries": START_RETRIES,
        "stopwaitsecs": int(part.stop_limit.total_seconds()),
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": log_file(settings, part.name),
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 1,
    }


def _stepping_back(nice: int) -> tuple[str, ...]:
    return ("nice", "-n", str(nice)) if nice else ()


def _section(name: str, values: Mapping[str, object]) -> str:
    # a percent sign would be expanded by supervisord
    lines = (f"{key} = {str(value).replace('%', '%%')}\n" for key, value in values.items())
    return f"[{name}]\n{''.join(lines)}"


class Supervisor:
    """One stack's supervisord."""

    def __init__(self, settings: StackSettings) -> None:
        self._settings = settings
        self._file = settings.folder / "supervisord.conf"

    def runs_as(self, parts: Iterable[Part]) -> bool:
        """Whether it was started with these settings and parts. Raises `SupervisorAway`."""
        self.pid()
        return self._file.read_text() == configuration(self._settings, parts)

    def start(self, parts: Iterable[Part], environment: Mapping[str, str]) -> None:
        """Start supervisord in the background, with the parts' common environment. It reads the parts once."""
        self._settings.logs.mkdir(parents=True, exist_ok=True)
        self._file.write_text(configuration(self._settings, parts))
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(self._file))
        done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True)
        if done.returncode:
            raise SupervisorAway(f"supervisord did not start: {(done.stdout + done.stderr).strip()[-500:]}")

    def pid(self) -> int:
        """Supervisord's own. Raises `SupervisorAway`."""
        with self._calls() as server:
            return cast(int, server.getPID())

    def states(self) -> dict[str, ProcessState]:
        """Every part's state. Raises `SupervisorAway`."""
        with self._calls() as server:
            return {info["name"]: _process_state(info) for info in server.getAllProcessInfo()}

    def start_part(self, name: str) -> None:
        """Tell it to start a part, unless it runs; does not wait. Raises `SupervisorAway`."""
        with self._calls() as server, _allowed(Faults.ALREADY_STARTED):
            server.startProcess(name, False)

    def stop_part(self, name: str) -> None:
        """Stop a part and wait until it is gone. Raises `SupervisorAway`."""
        with self._calls() as server, _allowed(Faults.NOT_RUNNING, Faults.BAD_NAME):
            server.stopProcess(name)

    def shut_down(self) -> None:
        """Tell it to end; does not wait. Raises `SupervisorAway`."""
        with self._calls() as server, _allowed(Faults.SHUTDOWN_STATE):
            server.shutdown()

    @contextmanager
    def _calls(self) -> Iterator[Any]:
        # the proxy's methods exist only on the other side, so no type describes them
        transport = SupervisorTransport(None, None, f"unix://{self._settings.control_socket}")
        proxy = ServerProxy("http://127.0.0.1", transport=transport)
        try:
            yield proxy.supervisor
        except (OSError, HTTPException) as error:
            raise SupervisorAway(f"supervisord does not answer: {error}") from error
        finally:
            transport.close()


@contextmanager
def _allowed(*codes: int) -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        if fault.faultCode not in codes:
            raise


def _process_state(info: Mapping[str, Any]) -> ProcessState:
    uptime = info["now"] - info["start"] if info["pid"] else 0
    return ProcessState(info["name"], info["statename"], info["pid"], timedelta(seconds=uptime))
