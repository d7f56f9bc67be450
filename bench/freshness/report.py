"""The tables of a run."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.freshness.figures import BASELINE, BURST, WARM_UP, PhaseFigures, RunFigures
from bench.freshness.verdict import ANSWERED_WITHIN_MS, FRESH_WITHIN_S, Quantiles

QUANTILES = ("p50", "p95", "p99")
console = Console(width=130)


def show(found: RunFigures) -> None:
    """Print all tables."""
    measured = [phase for phase in found.phases if phase.name != WARM_UP]
    console.print(_freshness(measured), _stages(measured))
    console.print(_costs([phase for phase in measured if phase.rate]))
    if BURST in {phase.name for phase in measured}:
        after = found.settled_after_burst_s
        console.print(
            "lag and freshness did not come back to normal after the burst, or were not normal before it"
            if after is None
            else f"lag and freshness were back to normal {after:.0f} s after the burst"
        )
    console.print(
        f"{found.cpu_count} CPUs, load average {found.load_average[0]:.1f}; "
        f"{found.refused_probes} probes refused, {found.skipped_probes} not sent for want of a free SKU"
    )


def _freshness(phases: Sequence[PhaseFigures]) -> Table:
    table = _table(
        f"Seconds from the 202 to the changed answer; p95 within {FRESH_WITHIN_S:g} s is wanted",
        ("phase", "events/s", "accepted/s", "refused", "probes", *QUANTILES, "p95 to idle", "holds"),
    )
    for phase in phases:
        seen = phase.outcome
        table.add_row(
            phase.name,
            f"{phase.rate:,.0f}",
            f"{seen.events_a_second:,.0f}",
            str(seen.refused),
            str(seen.freshness_s.count),
            *_quantiles(seen.freshness_s, 2),
            _number(phase.times_the_baseline, 2),
            "" if phase.name == BASELINE else "yes" if phase.holds else "no",
        )
    return table


def _stages(phases: Sequence[PhaseFigures]) -> Table:
    table = _table(
        f"Milliseconds of queries (p95 within {ANSWERED_WITHIN_MS:g} ms is wanted) and of POSTs; the highest lag of each stage",
        ("phase", *(f"query {name}" for name in QUANTILES), *(f"POST {name}" for name in QUANTILES))
        + ("predictions/s", "job lag", "writer lag"),
    )
    for phase in phases:
        seen = phase.outcome
        table.add_row(
            phase.name,
            *_quantiles(seen.queries_ms, 0),
            *_quantiles(seen.posts_ms, 0),
            f"{phase.predictions_a_second:,.0f}",
            f"{seen.job_lag:,}",
            f"{seen.writer_lag:,}",
        )
    return table


def _table(title: str, headings: Sequence[str]) -> Table:
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "phase" else "right")
    return table


def _costs(phases: Sequence[PhaseFigures]) -> Table:
    table = Table(
        title="CPU by process: CPU seconds a second, and microseconds an event beyond what it takes idle"
    )
    table.add_column("part")
    for phase in phases:
        table.add_column(phase.name, justify="right")
        table.add_column("us/event", justify="right")
    for part in dict.fromkeys(part for phase in phases for part in phase.costs):
        cells = []
        for phase in phases:
            cost = phase.costs.get(part)
            cells += ["", ""] if cost is None else [f"{cost.cpus:.2f}", _number(cost.us_an_event, 1)]
        table.add_row(f"  {part.partition(': ')[2]}" if ":" in part else part, *cells)
    table.add_section()
    totals = []
    for phase in phases:
        totals += [f"{phase.stack.cpus:.2f}", _number(phase.stack.us_an_event, 1)]
    table.add_row("stack without generator", *totals)
    return table


def _quantiles(found: Quantiles, digits: int) -> list[str]:
    return [_number(value, digits) for value in (found.p50, found.p95, found.p99)]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
