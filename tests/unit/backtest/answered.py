"""Answers made up for tests."""

from collections.abc import Sequence

from backtest.answers import AnswerColumns, Answers
from udfs.replay import Answer


def said(
    key: int,
    probability: float,
    oos_ms: int | None = None,
    earliest_ms: int | None = None,
    latest_ms: int | None = None,
    model_version: str = "made-up-1",
) -> Answer:
    """One answer, as the replay gives it."""
    return Answer(key, probability, oos_ms, earliest_ms, latest_ms, model_version)


def answers_of(given: Sequence[tuple[int, Answer]]) -> Answers:
    """The columns of answers, each with its grid hour in epoch ms."""
    columns = AnswerColumns()
    for at_ms, answer in given:
        columns.take(at_ms, [answer])
    return columns.finished()
