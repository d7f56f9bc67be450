"""``aurora backtest``: how right Aurora would have been on a history of one's own."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

if TYPE_CHECKING:
    from backtest.evaluation import Evaluation
    from backtest.event_log import EventLog
    from backtest.run import Result

console = Console(highlight=False, soft_wrap=True)
progress_console = Console(stderr=True, highlight=False)

PLAIN_LINES = 10
"""How many lines tell of the progress where there is no terminal."""
A_DAY_H = 24


class Hours(click.ParamType[timedelta]):
    """A time such as ``6h``, of which a day has a whole number."""

    name = "hours"

    def convert(self, value: str, param: click.Parameter | None, context: click.Context | None) -> timedelta:
        found = re.fullmatch(r"([1-9][0-9]?)h", value)
        if not found or A_DAY_H % int(found[1]):
            self.fail(f"{value!r} is not one of 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h.", param, context)
        return timedelta(hours=int(found[1]))


def _target(context: click.Context, parameter: click.Parameter, file: Path | None) -> Path | None:
    """A file that can be written, for all that is known before the work begins."""
    if file is None:
        return None
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise click.BadParameter(f"{file.parent} is no folder that can be written to.")
    return file


_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("events", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option(
    "--every", type=Hours(), default="6h", show_default=True, metavar="HOURS", help="Answer so often."
)
@click.option("--out", type=_FILE, required=True, callback=_target, help="Parquet file for the answers.")
@click.option("--report", type=_FILE, callback=_target, help="HTML file for a page that shows the scores.")
def backtest(events: Path, every: timedelta, out: Path, report: Path | None) -> None:
    """Replay the history in EVENTS, and tell how right Aurora would have been.

    EVENTS is Parquet or NDJSON (also gzipped) with occurred_at, event_type, sku, warehouse, qty, and expected_at for
    stock.inbound. At each grid hour the stream's own code says for each SKU with stock how likely it is to run out
    within 24 hours, having seen only what had happened until then. No part of the stack needs to run.
    """
    files = [file.resolve() for file in (events, out, report) if file is not None]
    if len(set(files)) < len(files):
        raise click.UsageError("EVENTS, --out and --report must be different files.")
    # numpy and Arrow take a second to import
    from backtest.event_log import EventLog

    log = EventLog.read(events)
    for note in _notes(log):
        progress_console.print(note)
    # and River some more, which a file that cannot be read need not wait for
    from backtest import predictions_file
    from backtest.run import back_test

    begin = time.perf_counter()
    with _progress(log.events) as took:
        result = back_test(log, round(every.total_seconds() * 1000), took)
    seconds = time.perf_counter() - begin
    with _writing(out):
        predictions_file.write(out, log, result.answers, result.happened)
    if result.evaluation is not None:
        console.print(_score_table(result.evaluation))
    _summarise(log, result, seconds)
    console.print(f"Answers: {out}")
    if report is not None:
        _write_report(report, events, log, every, result)


def _notes(log: "EventLog") -> Iterator[str]:
    if log.skipped:
        types = ", ".join(f"{count:,} {name}" for name, count in sorted(log.skipped.items()))
        yield f"Left out, for they move no stock: {types}."
    if log.naive_times:
        yield "Times without an offset are taken as UTC."


@contextmanager
def _progress(events: int) -> Iterator[Callable[[int], None]]:
    """Shows how many of the events are taken: as a bar, or where there is no terminal as lines now and then."""
    if progress_console.is_terminal:
        with Progress(console=progress_console, transient=True) as bar:
            task = bar.add_task("replaying history", total=events)
            yield lambda more: bar.advance(task, more)
        return
    taken = told = 0

    def tell(more: int) -> None:
        nonlocal taken, told
        taken += more
        if (share := taken * PLAIN_LINES // events) > told:
            told = share
            progress_console.print(f"replaying history: {100 * taken // events} %")

    yield tell


def _score_table(evaluation: "Evaluation") -> Table:
    from backtest.report import day
    from backtest.score_table import score_rows

    table = Table(title=f"Answers from {day(evaluation.since_ms)} to {day(evaluation.until_ms)}")
    table.add_column("score", no_wrap=True)
    table.add_column("all", justify="right", no_wrap=True)
    table.add_column("no delivery within 24 h", justify="right")
    for row in score_rows(evaluation.all, evaluation.clean):
        table.add_row(row.name.lower(), row.all, row.clean)
    return table


def _summarise(log: "EventLog", result: "Result", seconds: float) -> None:
    console.print(
        f"{log.events:,} events of {len(log.keys):,} SKUs in their warehouses, {len(result.answers):,} answers "
        f"in {seconds:.1f} s: {log.events / seconds:,.0f} events a second."
    )
    if result.learned:
        last = result.learned[-1].model_version
        console.print(f"{len(result.learned):,} model versions were learned; the last is {last}.")
    if result.evaluation is None:
        console.print(
            "Nothing can be scored: the outcome of an answer is known after 24 hours, and the file ends before."
        )


def _write_report(file: Path, events: Path, log: "EventLog", every: timedelta, result: "Result") -> None:
    from backtest import report
    from backtest.whole_file import written_whole

    if result.evaluation is None:
        raise click.ClickException(f"{file} is not written, for there is nothing to show.")
    subject = report.Subject(
        file_name=events.name,
        events=log.events,
        first_ms=log.first_ms,
        last_ms=log.last_ms,
        keys=log.keys,
        every_hours=every // timedelta(hours=1),
        answers=len(result.answers),
        first_version=result.first_version,
        learned=result.learned,
        skipped=log.skipped,
        naive_times=log.naive_times,
    )
    with _writing(file), written_whole(file) as part:
        part.write_text(report.html(subject, result.evaluation), encoding="utf-8")
    console.print(f"Report: {file}")


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror or error}") from error
