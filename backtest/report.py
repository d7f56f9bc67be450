"""The back-test as one page of HTML that needs nothing beside it: no script, no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backtest import charts
from backtest.evaluation import Evaluation
from backtest.score_table import count, number, percent, score_rows
from udfs.model_version import ModelVersion

TEMPLATES = Path(__file__).with_name("templates")
ALARM = 0.7
"""The threshold of which the summary speaks."""

ROUTINE = "learned from"
"""How the reason of a version begins that only learned on."""
MOST_TURNS = 12


@dataclass(frozen=True, slots=True)
class Subject:
    """What was back-tested."""

    file_name: str
    events: int
    first_ms: int
    last_ms: int
    keys: Sequence[tuple[str, str]]
    every_hours: int
    answers: int
    first_version: str
    """Of the model, before it learned anything."""
    learned: Sequence[ModelVersion]
    """The versions that it learned on the way."""
    skipped: Mapping[str, int]
    """How many events of each type that moves no stock were left out."""
    naive_times: bool
    """Whether times without an offset were taken as UTC."""


def html(subject: Subject, evaluation: Evaluation) -> str:
    """The page. The same input gives the same text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(percent=percent, number=number, count=count, day=day)
    return environment.get_template("report.html.jinja").render(
        subject=subject,
        evaluation=evaluation,
        alarm=next(row for row in evaluation.thresholds if row.threshold == ALARM),
        warning=next(row for row in evaluation.lead_times if row.threshold == ALARM),
        turns=[version for version in subject.learned if not version.reason.startswith(ROUTINE)][
            -MOST_TURNS:
        ],
        scores=score_rows(evaluation.all, evaluation.clean),
        plane=charts,
        reliability=charts.reliability_chart(evaluation.bins),
        thresholds=charts.threshold_chart(evaluation.thresholds),
        lead_time=charts.lead_time_chart(evaluation.lead_times),
        months=charts.month_chart(evaluation.months),
    )


def day(at_ms: int) -> str:
    """Such as ``5 March 2024``, UTC."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{moment.day} {moment:%B %Y}"
