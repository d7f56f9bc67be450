"""How fast the risk job drains a backlog, beside what other engines need for a simpler job.

::

    python -m bench.drain [--events 8000000] [--skus 20000] [--slots 1 2] [--contenders job bytewax ...] [--pinned] [--json FILE]

The job is the real one: exactly-once checkpoints, the Python risk model, predictions and alerts to Kafka. The others keep
stock and a decayed velocity of each SKU, and put nothing out: a loop with a dict and Bytewax (recovery off) without
durability, Quix Streams on its defaults, PyFlink with a Python call for each event, Kafka Streams with its record cache.
All read the same topic on the same machine, one after the other. What is measured begins behind the first tenth of the
backlog (or 30 CPU seconds) and ends when all of it is read, or after ``--longest`` CPU seconds. Machines are shared and the
broker works too, so compare events per CPU second of the contender.

Of the job some rows are not thought through yet when all events are read. The last columns of the table follow it to its last
prediction: how many it made behind the warm-up, how many a second, and when the last one was made. That it was the last is
known a minute later, which is not counted.

``--pinned`` also runs the job with each TaskManager on one processor of its own. With two processors that is the only way to
see what a second slot adds: one slot by itself already uses more than one, for its source and its Python work side by side.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from uuid import uuid4

import psutil
from rich.console import Console

from bench.drain import flink_jobs, programs
from bench.drain.backlog import Backlog
from bench.drain.looks import Running
from bench.drain.measured import Drained, measure
from bench.drain.table import table
from ops.stack import Stack, StackSettings

Contender = Callable[[Backlog, Path], AbstractContextManager[Running]]

JOB = "job"
OTHERS: dict[str, tuple[str, Contender]] = {
    "loop": ("loop with a dict", programs.loop),
    "bytewax": ("Bytewax", programs.bytewax),
    "quix": ("Quix Streams", programs.quix),
    "pyflink": ("PyFlink, each event", flink_jobs.per_event_job),
    "kafka-streams": ("Kafka Streams", programs.kafka_streams),
}
console = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=8_000_000)
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument("--slots", type=int, nargs="+", default=[1, 2], help="of the job, one run each")
    parser.add_argument("--contenders", nargs="+", choices=[JOB, *OTHERS], default=[JOB, *OTHERS])
    parser.add_argument("--pinned", action="store_true", help="the job also with a processor a TaskManager")
    parser.add_argument("--longest", type=float, default=60.0, help="CPU seconds behind the warm-up")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aurora-drain-") as folder:
        runs = list(drained(options, Path(folder)))
    Console(width=190).print(table(runs))
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=2) + "\n")


def drained(options: argparse.Namespace, folder: Path) -> Iterator[Drained]:
    """Each contender's run."""
    stack = Stack(StackSettings.for_tests(folder / "broker"))
    try:
        stack.up({"kafka"})
        broker = psutil.Process(stack.status()["kafka"].process.pid)
        backlog = Backlog(stack.settings.kafka_bootstrap, uuid4(), options.events, options.skus)
        with console.status(f"filling the topic with {options.events:,} events"):
            backlog.fill()
        for number, (name, contender) in enumerate(chosen(options)):
            began = time.monotonic()
            with (
                console.status(f"draining: {name}"),
                contender(backlog, folder / str(number)) as running,
            ):
                run = measure(name, running, broker, began, options.events, options.longest)
            console.log(f"{name}: {run.per_second:,.0f} events/s, {run.per_cpu_second:,.0f} a CPU second")
            yield run
    finally:
        stack.down()


def chosen(options: argparse.Namespace) -> Iterator[tuple[str, Contender]]:
    """The contenders by their names in the table, in their order."""
    yield from (found for name, found in OTHERS.items() if name in options.contenders)
    if JOB in options.contenders:
        for pinned in (False, True) if options.pinned else (False,):
            for slots in options.slots:
                name = f"risk job, {slots} slot{'s' * (slots > 1)}{', pinned' * pinned}"
                yield name, partial(flink_jobs.risk_job, slots=slots, pinned=pinned)


if __name__ == "__main__":
    main()
