"""One run: the generator beside a stack that is up, and what the stack tells of itself each second."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import psutil

from bench.freshness.gauges import Gauges, Reading
from bench.freshness.generator import READY
from bench.freshness.plan import Plan, Seen, read_seen
from bench.freshness.processor_time import CpuSeconds, ProcessorTime
from bench.freshness.verdict import Lag, Span
from ops.settings import PROJECT

GENERATOR = "generator"
EVERY_S = 2.0
"""Between two samples: a TaskManager writes hundreds of kilobytes of metrics for each."""
ENDS_WITHIN_S = 120.0
"""After its last phase: as long as its slowest probe, and more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of a run."""

    at: float
    accepted: int
    reading: Reading
    cpu: CpuSeconds


@dataclass(frozen=True, slots=True)
class Run:
    """All that was seen of it."""

    plan: Plan
    seen: Seen
    samples: Sequence[Sample] = field(repr=False)

    @property
    def spans(self) -> dict[str, Span]:
        """The phases by name."""
        spans, begin = {}, 0.0
        for phase in self.plan.phases:
            spans[phase.name] = Span(begin, begin + phase.seconds)
            begin += phase.seconds
        return spans

    @property
    def lags(self) -> list[Lag]:
        """By sample. The job's counter begins with what was accepted before the run."""
        before = self.samples[0].reading.messages - self.samples[0].accepted
        writer, lags = 0, []
        for sample in self.samples:
            writer = writer if sample.reading.writer_lag is None else sample.reading.writer_lag
            lags.append(Lag(sample.at, max(0, sample.accepted + before - sample.reading.messages), writer))
        return lags

    def within(self, span: Span) -> tuple[Sample, Sample]:
        """The first and the last sample of the span; where none came in it, the nearest one, twice."""
        samples = [sample for sample in self.samples if sample.at in span]
        if not samples:
            samples = [min(self.samples, key=lambda sample: abs(sample.at - span.begin))]
        return samples[0], samples[-1]


def run(plan: Plan, gauges: Gauges, processors: ProcessorTime) -> Run:
    """Run the plan's phases against the stack. Takes their time and some seconds."""
    with tempfile.TemporaryDirectory() as folder:
        told, seen = Path(folder) / "plan.json", Path(folder) / "seen.json"
        told.write_bytes(msgspec.json.encode(plan))
        command = [sys.executable, "-m", "bench.freshness.generator", str(told), str(seen)]
        generator = subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            samples = _watch(generator, plan, gauges, processors)
            assert generator.wait(ENDS_WITHIN_S) == 0, "the generator failed"
        finally:
            generator.kill()
            generator.wait()
        return Run(plan, read_seen(seen), samples)


class _Accepted(threading.Thread):
    """The newest number that the generator told."""

    def __init__(self, generator: "subprocess.Popen[str]") -> None:
        super().__init__(daemon=True)
        assert generator.stdout is not None
        self._lines = generator.stdout
        self.number = 0

    def run(self) -> None:
        for line in self._lines:
            self.number = int(line)


def _watch(
    generator: "subprocess.Popen[str]", plan: Plan, gauges: Gauges, processors: ProcessorTime
) -> list[Sample]:
    assert generator.stdin is not None and generator.stdout is not None
    assert generator.stdout.readline().strip() == READY, "the generator did not get ready"
    generator.stdin.write("\n")
    generator.stdin.flush()
    began, samples, generator_process = time.monotonic(), list[Sample](), psutil.Process(generator.pid)
    accepted = _Accepted(generator)
    accepted.start()
    seconds = sum(phase.seconds for phase in plan.phases)
    for number in range(int(seconds / EVERY_S) + 1):
        time.sleep(max(0.0, began + number * EVERY_S - time.monotonic()))
        # a reading takes seconds under load: a lag is rather told too low than too high by what is accepted meanwhile
        told = accepted.number
        try:
            reading = gauges.read()
        except httpx.HTTPError:
            # a second without a sample is better than a run without a result
            continue
        times = generator_process.cpu_times()
        cpu = {**processors.used(), **processors.of_threads(), GENERATOR: times.user + times.system}
        samples.append(Sample(time.monotonic() - began, told, reading, cpu))
    return samples
