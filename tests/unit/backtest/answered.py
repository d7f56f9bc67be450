"""Answers made up for tests."""

from collections.abc import Sequence
from typing import NamedTuple

from backtest.answers import AnswerColumns, Answers


class Said(NamedTuple):
    """One answer, as the replay gives it."""

    key: int
    probability: float
    oos_ms: int | None = None
    earliest_ms: int | None = None
    latest_ms: int | None = None
    model_version: str = "made-up-1"


def answers_of(said: Sequence[tuple[int, Said]]) -> Answers:
    """The columns of answers, each with its grid hour in epoch ms."""
    columns = AnswerColumns()
    for at_ms, answer in said:
        columns.take(at_ms, [answer])
    return columns.finished()
