"""What the risk job's state costs as it grows, on the heap and in RocksDB.

::

    python -m bench.scale [--skus 10000 100000 1000000] [--backends hashmap rocksdb] [--sales 2000000] [--json FILE]

The real job in one slot builds the state of so many SKUs (a count and three sales of each) until each has its prediction.
Only then does it see sales by Zipf's law, which it drains until the last of their predictions, and rests. Then its
TaskManager is killed, and at last a new cluster restores it from the newest checkpoint. The smallest number of SKUs is the
baseline: whatever is linear grows as they do. A million SKUs take some minutes a backend.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.scale.history import History
from bench.scale.options import BACKENDS
from bench.scale.table import table
from bench.scale.trial import Scaled, trial
from ops.stack import Stack, StackSettings

console = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--skus", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--backends", nargs="+", choices=[*BACKENDS], default=[*BACKENDS])
    parser.add_argument("--sales", type=int, default=2_000_000, help="to drain once the state is there")
    parser.add_argument("--memory", type=int, default=3_600, help="of the TaskManager's process, MiB")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aurora-scale-") as folder:
        trials = list(scaled(options, Path(folder)))
    Console(width=150).print(table(trials))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in trials], indent=2) + "\n")


def scaled(options: argparse.Namespace, folder: Path) -> Iterator[Scaled]:
    """Each trial, with a broker to itself."""
    for skus in options.skus:
        for backend in options.backends:
            name = f"{backend}, {skus:,} SKUs"
            stack = Stack(StackSettings.for_tests(folder / f"{backend}-{skus}"))
            try:
                stack.up({"kafka"})
                with console.status(f"{name}: filling the topic"):
                    history = History.filled(stack.settings.kafka_bootstrap, skus, options.sales)
                yield trial(
                    backend,
                    history,
                    folder / f"{backend}-{skus}-flink",
                    options.memory,
                    lambda step: console.log(f"{name}: {step}"),
                )
            finally:
                stack.down()


if __name__ == "__main__":
    main()
