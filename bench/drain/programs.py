"""Contenders that are programs of their own: they print how far they are."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.drain import other_python
from bench.drain.backlog import Backlog
from bench.drain.looks import Counts
from ops.settings import PROJECT

KAFKA_STREAMS = Path(__file__).parent / "kafka_streams"
LAST_LINES = 4096
PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Program:
    """A process whose output is kept in a file; its last whole line is the number of events."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    @property
    def processes(self) -> Sequence[psutil.Process]:
        return [psutil.Process(self.process.pid)]

    def counts(self) -> Counts:
        return Counts(self.done())

    def done(self) -> int:
        """Events so far. Raises `RuntimeError` where the program has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended: {self.errors.read_text()[-LAST_LINES:]}")
        with self.output.open("rb") as file:
            file.seek(max(0, self.output.stat().st_size - LAST_LINES))
            lines = file.read().split(b"\n")[:-1]
        return next((int(line) for line in reversed(lines) if line.isdigit()), 0)


@contextmanager
def loop(backlog: Backlog, folder: Path) -> Iterator[Program]:
    """A dict in a loop, in this Python."""
    module = "bench.drain.contenders.loop"
    with _running([sys.executable, "-m", module, *_place(backlog)], folder) as program:
        yield program


@contextmanager
def bytewax(backlog: Backlog, folder: Path) -> Iterator[Program]:
    """One worker, without recovery."""
    kafka, topic = _place(backlog)
    flow = f"bench.drain.contenders.bytewax_flow:get_flow('{kafka}', '{topic}')"
    with _running([str(other_python.made()), "-m", "bytewax.run", flow], folder) as program:
        yield program


@contextmanager
def quix(backlog: Backlog, folder: Path) -> Iterator[Program]:
    """Quix Streams on its defaults."""
    module = "bench.drain.contenders.quix_app"
    command = [str(other_python.made()), "-m", module, *_place(backlog), str(folder / "state")]
    with _running(command, folder) as program:
        yield program


@contextmanager
def kafka_streams(backlog: Backlog, folder: Path) -> Iterator[Program]:
    """One thread, built by Maven where it is not built yet."""
    subprocess.run(
        ["mvn", "--quiet", "--batch-mode", "-f", str(KAFKA_STREAMS / "pom.xml"), "package"],
        check=True,
        capture_output=True,
    )
    classes = f"{KAFKA_STREAMS}/target/classes:{KAFKA_STREAMS}/target/lib/*"
    command = ["java", "-cp", classes, "bench.StockAndVelocity", *_place(backlog), str(folder / "state")]
    with _running(command, folder) as program:
        yield program


def _place(backlog: Backlog) -> tuple[str, str]:
    return backlog.kafka, backlog.topic.name


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[Program]:
    folder.mkdir(parents=True)
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as to_output, errors.open("wb") as to_errors:
        process = subprocess.Popen(command, cwd=PROJECT, stdout=to_output, stderr=to_errors)
    try:
        yield Program(process, output, errors)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
