"""Trials beside each other."""

from collections.abc import Sequence

from rich.table import Table

from bench.scale.trial import Scaled


def table(trials: Sequence[Scaled]) -> Table:
    """One column a trial; the last row is what a SKU takes of a checkpoint."""
    found = Table("", *(f"{each.backend}, {each.skus:,}" for each in trials), title="state of so many SKUs")
    for column in found.columns[1:]:
        column.justify = "right"
    rows = {
        "build, s": [f"{each.build_s:.0f}" for each in trials],
        "build, CPU s": [f"{each.build_cpu_s:.0f}" for each in trials],
        "drain until the last prediction, events/s": [f"{each.drained_per_second:,.0f}" for each in trials],
        "drain, events/CPU s": [f"{each.drained_per_cpu_second:,.0f}" for each in trials],
        "source, CPU us an event": [f"{each.event_us:.2f}" for each in trials],
        "Python, CPU us a look at a SKU": [f"{each.row_us:.0f}" for each in trials],
        "checkpoint while draining, s at most": [_while_draining(each) for each in trials],
        "checkpoint at rest, s": [f"{each.checkpoint_s:.1f}" for each in trials],
        "checkpoint, MiB": [f"{each.whole_mib:.1f}" for each in trials],
        "of these written anew, MiB": [f"{each.written_mib:.1f}" for each in trials],
        "TaskManager killed: runs again, s": [f"{each.restart_s:.1f}" for each in trials],
        "new cluster from checkpoint, s": [f"{each.restore_s:.1f}" for each in trials],
        "TaskManager RSS, MiB": [f"{each.peak_rss_mib:,.0f}" for each in trials],
        "its heap at rest, MiB": [f"{each.heap_mib:,.0f}" for each in trials],
        "load of the machine": [f"{each.load:.1f}" for each in trials],
        "checkpoint a SKU, bytes": [f"{each.whole_mib * 2**20 / each.skus:,.0f}" for each in trials],
    }
    for name, cells in rows.items():
        found.add_row(name, *cells)
    return found


def _while_draining(trial: Scaled) -> str:
    longest = "-" if trial.longest_checkpoint_s is None else f"{trial.longest_checkpoint_s:.1f}"
    return f"{longest}, {trial.failed_checkpoints} failed" if trial.failed_checkpoints else longest
