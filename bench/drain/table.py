"""The runs beside each other."""

from collections.abc import Sequence

from rich.table import Table

from bench.drain.measured import Drained

BASELINE = "Bytewax"


def table(runs: Sequence[Drained]) -> Table:
    """One row a run; the ratio is of events per CPU second, to Bytewax or else to the first."""
    baseline = next((run for run in runs if run.program == BASELINE), runs[0])
    found = Table(title=f"drain; ratio to {baseline.program}")
    for column in ("program", "events/s", "events/CPU s", "ratio", "CPU s", "broker's CPU s", "peak MiB"):
        found.add_column(column, justify="left" if column == "program" else "right")
    for column in ("events", "s", "start s", "warm-up s", "load"):
        found.add_column(column, justify="right")
    for run in runs:
        found.add_row(
            run.program,
            f"{run.per_second:,.0f}",
            f"{run.per_cpu_second:,.0f}",
            f"{run.per_cpu_second / baseline.per_cpu_second:.2f}",
            f"{run.cpu_seconds:.1f}",
            f"{run.broker_cpu_seconds:.1f}",
            f"{run.peak_mib:,.0f}",
            f"{run.events:,}",
            f"{run.seconds:.1f}",
            f"{run.start_s:.1f}",
            f"{run.warm_up_s:.1f}",
            f"{run.load:.1f}",
        )
    return found
