"""A log through the code of the stream job, grid hour by grid hour."""

from collections.abc import Callable, Sequence
from typing import Protocol

from backtest.answers import Answer, AnswerColumns, Answers
from backtest.event_log import EventLog
from udfs.combined import Combined

TENANT = "backtest"
"""The tenant of every key: a log is of one."""


class Replaying(Protocol):
    """What `udfs.replay.Replay` does: takes the rows up to a grid hour, and answers as of that hour."""

    def step(self, at_ms: int, rows: Sequence[tuple[int, Combined]]) -> Sequence[Answer]: ...


def key_names(log: EventLog) -> list[str]:
    """The keys of a log as the stream job names them."""
    return [f"{TENANT}|{sku}|{warehouse}" for sku, warehouse in log.keys]


def replayed(
    log: EventLog, replay: Replaying, every_ms: int, on_step: Callable[[int], None] = lambda events: None
) -> Answers:
    """Every answer of the replay. ``on_step`` hears after each grid hour how many events it took."""
    answers = AnswerColumns()
    for step in log.steps(every_ms):
        answers.take(step.at_ms, replay.step(step.at_ms, step.rows))
        on_step(sum(row.events for _, row in step.rows))
    return answers.finished()
