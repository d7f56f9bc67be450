"""How fast a back-test goes through a history, beside reading it alone and beside a dict that keeps stock and velocity.

::

    python -m bench.backtest_rate [FILE] [--every 6] [--json FILE]

The history is the demo's sample unless another is named. The back-test is the whole: it answers for every key at every grid
hour, learns, and judges. The baseline folds the same events into a dict, one by one, and answers nothing. CPU seconds of
this process, the best of three.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from backtest.event_columns import KINDS
from backtest.event_log import EventLog
from backtest.run import back_test
from bench.drain.contenders.shelf import Change, Shelf, after
from ops.settings import PROJECT
from udfs.combined import EventKind

SAMPLE = PROJECT / "ops" / "demo" / "sample.parquet"
ROUNDS = 3
HOUR_MS = 3_600_000
COUNTED = KINDS.index(EventKind.STOCK_COUNTED)


@dataclass(frozen=True, slots=True)
class Gone:
    """One way through the history."""

    way: str
    events: int
    answers: int
    cpu_seconds: float

    @property
    def events_per_cpu_second(self) -> float:
        return self.events / self.cpu_seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", default=SAMPLE)
    parser.add_argument("--every", type=int, default=6, help="hours from answer to answer")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    log = EventLog.read(options.file)
    events = len(log.key)
    answers = len(back_test(log, options.every * HOUR_MS).answers.key)
    found = [
        Gone("a dict", events, 0, least(lambda: fold(log))),
        Gone("reading", events, 0, least(lambda: EventLog.read(options.file))),
        Gone("back-test", events, answers, least(lambda: back_test(log, options.every * HOUR_MS))),
    ]
    show(found)
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")


def least(work: Callable[[], object]) -> float:
    """CPU seconds of the best round."""
    return min(timed(work) for _ in range(ROUNDS))


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def fold(log: EventLog) -> None:
    """Every event into the shelf of its key."""
    shelves: dict[str, Shelf] = {}
    names = ["|".join(pair) for pair in log.keys]
    for key, kind, qty, at_ms in zip(
        log.key.tolist(), log.kind.tolist(), log.qty.tolist(), log.occurred_ms.tolist(), strict=True
    ):
        change = Change(names[key], kind == COUNTED, qty, at_ms)
        shelves[change.key] = after(shelves.get(change.key), change)


def show(found: list[Gone]) -> None:
    table = Table("way", "events", "answers", "CPU s", "events/CPU s", "answers/CPU s", "ratio")
    for each in found:
        table.add_row(
            each.way,
            f"{each.events:,}",
            f"{each.answers:,}",
            f"{each.cpu_seconds:.3f}",
            f"{each.events_per_cpu_second:,.0f}",
            f"{each.answers / each.cpu_seconds:,.0f}",
            f"{each.events_per_cpu_second / found[0].events_per_cpu_second:.3f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
