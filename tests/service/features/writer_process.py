"""A feature writer as a process that a test starts, stops and kills."""

import os
import subprocess
import sys
from pathlib import Path

from ops.settings import PROJECT
from ops.stack import Stack

STOPS_WITHIN_S = 30


class WriterProcess:
    """``python -m feature_writer <mode>`` on a stack."""

    def __init__(self, mode: str, stack: Stack, **environment: str) -> None:
        self._command = (sys.executable, "-m", "feature_writer", mode)
        self._environment = {**os.environ, **stack.env, **environment}
        instance = environment.get("AURORA_WRITER_INSTANCE", "1")
        self._log = stack.settings.folder / f"{mode}-writer-{instance}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is None or self._process.poll() is not None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, env=self._environment, cwd=PROJECT, stdout=log, stderr=log
                )

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOPS_WITHIN_S)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOPS_WITHIN_S)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything that it has said so far."""
        return Path(self._log).read_text()
