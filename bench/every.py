"""Every benchmark, one after the other, at sizes that a shared machine bears: ``make bench``.

::

    python -m bench.every [NAME ...] [--out build/bench]

Each prints its table, with its baseline beside it, and leaves its figures as JSON in the folder. One that fails does not keep
the others from running. What it takes to get the figures that the documents name stands in each benchmark's own help;
``bench/risk_model.py`` is left out, since it wants a history with its truth.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ops.settings import PROJECT

BENCHMARKS: dict[str, Sequence[str]] = {
    "drain": ("-m", "bench.drain", "--events", "2000000", "--pinned", "--longest", "20"),
    "freshness": ("-m", "bench.freshness"),
    "alert-query": ("-m", "bench.alert_query"),
    "gateway": ("-m", "bench.gateway", "--seconds", "4", "--rounds", "1"),
    "scale": ("-m", "bench.scale", "--skus", "10000", "100000", "--sales", "1000000"),
    "backtest": ("-m", "bench.backtest_rate"),
    "online-writes": ("bench/online_writes.py",),
    "rate-limit": ("-m", "bench.rate_limit"),
    "tokens": ("bench/tokens.py",),
    "suppressions": ("bench/suppressions.py",),
    "webhooks": ("bench/webhooks.py",),
}
console = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--out", type=Path, default=PROJECT / "build" / "bench", help="folder of the figures")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark {', '.join(sorted(unknown))}")
    options.out.mkdir(parents=True, exist_ok=True)
    names = options.names or [*BENCHMARKS]
    failed = [
        name for place, name in enumerate(names, 1) if not ran(name, f"{place}/{len(names)}", options.out)
    ]
    console.print(f"figures: {options.out}")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def ran(name: str, place: str, out: Path) -> bool:
    """Whether this one came to its end."""
    console.rule(f"{place} {name}")
    began = time.monotonic()
    command = [sys.executable, *BENCHMARKS[name], "--json", str(out / f"{name}.json")]
    well = subprocess.run(command, cwd=PROJECT).returncode == 0
    console.print(f"{name}: {'done' if well else 'failed'} after {time.monotonic() - began:.0f} s")
    return well


if __name__ == "__main__":
    main()
