"""The runs beside each other."""

from collections.abc import Sequence

from rich.table import Table

from bench.drain.measured import Drained, Thought

BASELINE = "Bytewax"


def table(runs: Sequence[Drained]) -> Table:
    """One row a run; the ratio is of events per CPU second, to Bytewax or else to the first.

    The last columns are the job's own: predictions, and when the last one of the backlog was made.
    """
    baseline = next((run for run in runs if run.program == BASELINE), runs[0])
    found = Table(title=f"drain; ratio to {baseline.program}")
    for column in ("program", "events/s", "events/CPU s", "ratio", "CPU s", "broker's CPU s", "peak MiB"):
        found.add_column(column, justify="left" if column == "program" else "right")
    for column in ("events", "s", "start s", "warm-up s", "load"):
        found.add_column(column, justify="right")
    for column in ("rows", "rows/s", "s to the last", "events/CPU s to it"):
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
            *_of_rows(run.thought),
        )
    return found


def _of_rows(thought: Thought | None) -> Sequence[str]:
    if thought is None:
        return ["-"] * 4
    to_the_last = (f"{thought.seconds:.1f}", f"{thought.per_cpu_second:,.0f}")
    return (
        f"{thought.rows:,}",
        f"{thought.rows_per_second:,.0f}",
        *(to_the_last if thought.to_the_last else ("-", "-")),
    )
