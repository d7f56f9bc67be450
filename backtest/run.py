"""The whole of a back-test: the replay, what happened next, and the scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backtest.answers import AnswerColumns, Answers
from backtest.evaluation import Evaluation, evaluate
from backtest.event_log import EventLog
from backtest.outcomes import Outcomes, outcomes, stock_outs
from udfs.model_version import ModelVersion
from udfs.replay import Replay

TENANT = "backtest"
"""The tenant of every key: a log is of one."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a back-test found."""

    answers: Answers
    happened: Outcomes
    evaluation: Evaluation | None
    """None where the log is too short to score anything."""
    first_version: str
    """Of the model, before it learned anything."""
    learned: Sequence[ModelVersion]


def back_test(log: EventLog, every_ms: int, on_step: Callable[[int], None] = lambda events: None) -> Result:
    """Answer for every key at every grid hour, and judge the answers.

    ``on_step`` hears after each grid hour how many events it took in.
    """
    replay = Replay([f"{TENANT}|{sku}|{warehouse}" for sku, warehouse in log.keys])
    first_version = replay.parameters.model_version
    columns = AnswerColumns()
    for step in log.steps(every_ms):
        columns.take(step.at_ms, replay.step(step.at_ms, step.rows))
        on_step(sum(row.events for _, row in step.rows))
    answers = columns.finished()
    outs = stock_outs(log)
    happened = outcomes(log, outs, answers.key, answers.at_ms)
    return Result(
        answers, happened, evaluate(answers, happened, outs, every_ms), first_version, replay.versions
    )
