"""How fresh answers are under load, and what an event costs on its way.

::

    python -m bench.freshness [--rate 5000] [--seconds 20] [--burst 7500] [--burst-seconds 10] [--json FILE]
    python -m bench.freshness --rate 30000 --seconds 300 --burst 45000 --burst-seconds 60
    python -m bench.freshness --search 10000 40000

The whole stack on this machine, five tenants, 20,000 SKUs sold by Zipf's law. A process of its own sends events in batches
of 100 to 500 at fixed times, asks 200 questions a second, and changes the stock of SKUs that nobody else touches: freshness
is the time from the 202 to the first answer that shows the change. First without any load, which is the baseline; then at
the rate; in a burst; and at the rate again. All shares the machine's processors, the generator too, so compare what an
event costs. ``--search`` looks for the highest rate that holds: p95 of freshness within 5 s and of questions within 50 ms, nothing
refused, no lag that grows.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console

from bench.freshness.figures import AFTER, BASELINE, BURST, LOADED, WARM_UP, RunFigures, figures_of
from bench.freshness.gauges import Gauges
from bench.freshness.highest_rate import highest_rate
from bench.freshness.plan import Phase, Plan, Tenant
from bench.freshness.processor_time import ProcessorTime
from bench.freshness.report import show
from bench.freshness.run import run
from bench.freshness.shop import Shop
from bench.freshness.tenants import await_quiet, open_tenants, send_history
from ops.launch import launch
from ops.stack import Stack, StackSettings

TENANTS = 5
RATES_APART = 1_250.0
"""What the search finds is at most so many events a second too low."""
SHORTEST_S = 10.0
"""Of a phase: there is a sample every two seconds, one may be lost, and growth is seen in four."""
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Ready:
    """A stack with tenants of whose SKUs there are predictions."""

    gauges: Gauges
    processors: ProcessorTime
    tenants: Sequence[Tenant]
    port: int
    options: argparse.Namespace

    def measure(self, phases: Sequence[Phase]) -> RunFigures:
        """Run these phases, once all before them is done with."""
        await_quiet(self.gauges, 0)
        plan = Plan(
            port=self.port,
            tenants=self.tenants,
            skus=self.options.skus,
            phases=[phase for phase in phases if phase.seconds],
            queries_a_second=self.options.queries,
            seed=self.options.seed,
        )
        return figures_of(run(plan, self.gauges, self.processors))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=5_000, help="events a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--burst", type=float, default=7_500, help="events a second")
    parser.add_argument("--burst-seconds", type=float, default=10)
    parser.add_argument("--after-seconds", type=float, help="at the rate again; default: as the burst")
    parser.add_argument("--idle-seconds", type=float, default=15, help="of the baseline")
    parser.add_argument("--warm-up-seconds", type=float, default=10, help="of load that is not measured")
    parser.add_argument("--queries", type=float, default=200, help="a second")
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--search", type=float, nargs=2, metavar=("SURELY", "HARDLY"), help="events a second")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    lengths = (
        *(options.idle_seconds, options.warm_up_seconds, options.seconds),
        *(options.burst_seconds, options.after_seconds or 0),
    )
    if options.idle_seconds <= 0 or any(0 < seconds < SHORTEST_S for seconds in lengths):
        parser.error(f"a phase takes at least {SHORTEST_S:g} s, and there is always an idle one")
    with ready(options) as stack:
        found = search(stack, options) if options.search else [whole(stack, options)]
    for each in found:
        show(each)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)))


@contextmanager
def ready(options: argparse.Namespace) -> Iterator[Ready]:
    """The whole stack, with history."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        gauges = Gauges(stack.settings)
        try:
            launch(stack, lambda part: console.print(f"starting {part}"))
            tenants = open_tenants(stack.settings, TENANTS)
            console.print("sending the history")
            send_history(stack.settings, Shop(tenants, options.skus, options.rate, options.seed), gauges)
            yield Ready(gauges, ProcessorTime(stack), tenants, stack.settings.api_port, options)
        finally:
            gauges.close()
            stack.down()


def whole(stack: Ready, options: argparse.Namespace) -> RunFigures:
    """The baseline, the load, the burst, and the load again."""
    after = options.burst_seconds if options.after_seconds is None else options.after_seconds
    console.print(f"{options.rate:,.0f} events/s, then {options.burst:,.0f}")
    return stack.measure(
        [
            Phase(BASELINE, options.idle_seconds, 0),
            Phase(WARM_UP, options.warm_up_seconds, options.rate),
            Phase(LOADED, options.seconds, options.rate),
            Phase(BURST, options.burst_seconds, options.burst),
            Phase(AFTER, after, options.rate),
        ]
    )


def search(stack: Ready, options: argparse.Namespace) -> list[RunFigures]:
    """Runs at rates by halving; the last that holds is the highest rate."""
    found: list[RunFigures] = []

    def holds(rate: float) -> bool:
        figures = stack.measure(
            [
                Phase(BASELINE, options.idle_seconds, 0),
                Phase(WARM_UP, options.warm_up_seconds, rate),
                Phase(LOADED, options.seconds, rate),
            ]
        )
        found.append(figures)
        held = figures.phases[-1].holds
        console.print(f"{rate:,.0f} events/s {'hold' if held else 'do not hold'}")
        return held

    surely, hardly = options.search
    best = highest_rate(holds, surely, hardly, RATES_APART)
    console.print(f"the highest rate that holds: {best:,.0f} events/s")
    return found


if __name__ == "__main__":
    main()
