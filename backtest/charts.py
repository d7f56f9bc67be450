"""The report's figures as shapes on a plane of `WIDTH` by `HEIGHT`; the template draws them.

The plane is as narrow as a phone, so that its text can be read there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, isfinite, isnan, log10
from typing import NamedTuple

from backtest.breakdowns import MonthScores
from backtest.lead_time import LeadTime
from backtest.reliability import Bin
from backtest.scores import Flagged

WIDTH, HEIGHT = 380, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 356, 14, 254
"""Edges of the plot; axis labels stand outside."""
MOST_STEPS = 5
MOST_BAR_LABELS = 5
SMALLEST = 1e-6
"""Below this, a bar has no height worth a scale."""
BAR_SHARE = 0.64
"""Of the room for a bar."""


class Tick(NamedTuple):
    """A labelled place on an axis."""

    at: float
    label: str


class Dot(NamedTuple):
    """A point; ``low`` and ``high`` are the ends of its interval, both at ``y`` where it has none."""

    x: float
    y: float
    low: float
    high: float


class Bar(NamedTuple):
    """A bar that stands on the x axis."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A line through dots. ``tone`` is the number of its colour and stroke, which the caption explains by its name."""

    tone: int
    name: str
    points: str
    dots: list[Dot]


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure."""

    name: str
    """An identifier in the page."""
    title: str
    description: str
    """What the figure shows, for who cannot see it."""
    x_label: str
    y_label: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    dots: list[Dot] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    diagonal: bool = False
    """Whether to draw the line on which x and y are equal."""


SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def reliability_chart(bins: Sequence[Bin]) -> Chart:
    """What happened over what was said, a dot for each range with points."""
    filled = [each for each in bins if each.points]
    dots = [Dot(_x(each.said), _y(each.happened), _y(each.low), _y(each.high)) for each in filled]
    return Chart(
        name="reliability",
        title="Said and happened",
        description=(
            f"{len(filled)} dots, one for each range of probabilities: how often stock ran out, over how likely that was "
            "said to be, with a 95 % interval. On the dashed diagonal both are equal."
        ),
        x_label="chance that Aurora gave",
        y_label="ran out within 24 hours",
        x_ticks=_share_ticks(_x),
        y_ticks=_share_ticks(_y),
        dots=dots,
        diagonal=True,
    )


def threshold_chart(rows: Sequence[Flagged]) -> Chart:
    """Precision and recall over the threshold."""
    right = [(row.threshold, row.precision) for row in rows if not isnan(row.precision)]
    found = [(row.threshold, row.recall) for row in rows if not isnan(row.recall)]
    lines = [_line(0, "alarms right", right), _line(1, "stock-outs found", found)]
    return Chart(
        name="thresholds",
        title="By threshold",
        description=(
            "Two lines over the threshold of the alarm: the share of alarms that were right, "
            "and the share of stock-outs that were found."
        ),
        x_label="alarm above this chance",
        y_label="share",
        x_ticks=_share_ticks(_x),
        y_ticks=_share_ticks(_y),
        lines=[line for line in lines if line.dots],
    )


def lead_time_chart(rows: Sequence[LeadTime]) -> Chart:
    """Median hours of warning by threshold."""
    return _bar_chart(
        name="lead-time",
        title="Hours from the warning to the empty shelf",
        description="A bar for each threshold: the median number of hours that a warning stood before the stock ran out.",
        x_label="alarm above this chance",
        y_label="hours, median",
        labels=[_percent(row.threshold) for row in rows],
        heights=[row.median_hours for row in rows],
    )


def month_chart(rows: Sequence[MonthScores]) -> Chart:
    """Brier skill by month."""
    return _bar_chart(
        name="months",
        title="Skill by month",
        description=(
            "A bar for each calendar month: what its answers gain over always giving that month's average chance. "
            "Higher is better; a month without a gain has no bar."
        ),
        x_label="month",
        y_label="skill",
        labels=[row.month for row in rows],
        heights=[row.brier_skill for row in rows],
    )


def _bar_chart(
    name: str,
    title: str,
    description: str,
    x_label: str,
    y_label: str,
    labels: Sequence[str],
    heights: Sequence[float],
) -> Chart:
    known = [max(0.0, height) if isfinite(height) else 0.0 for height in heights]
    steps = _steps_up_to(max(known, default=0.0))
    room = (RIGHT - LEFT) / max(len(known), 1)
    label_every = ceil(len(labels) / MOST_BAR_LABELS)
    tops = [_y(min(1.0, height / steps[-1])) for height in known]
    return Chart(
        name,
        title,
        description,
        x_label,
        y_label,
        x_ticks=[
            Tick(_rounded(LEFT + (place + 0.5) * room), label)
            for place, label in enumerate(labels)
            if place % label_every == 0
        ],
        y_ticks=[Tick(_y(step / steps[-1]), f"{step:g}") for step in steps],
        bars=[
            Bar(
                _rounded(LEFT + (place + (1 - BAR_SHARE) / 2) * room),
                top,
                _rounded(room * BAR_SHARE),
                _rounded(BOTTOM - top),
            )
            for place, top in enumerate(tops)
        ],
    )


def _line(tone: int, name: str, shares: Sequence[tuple[float, float]]) -> Line:
    dots = [Dot(_x(x), _y(y), _y(y), _y(y)) for x, y in shares]
    return Line(tone, name, " ".join(f"{dot.x},{dot.y}" for dot in dots), dots)


def _steps_up_to(highest: float) -> list[float]:
    """Round numbers from 0 to the first that is not below ``highest``, evenly spaced."""
    if highest < SMALLEST:
        return [0.0, 1.0]
    raw = highest / MOST_STEPS
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    return [number * step for number in range(ceil(round(highest / step, 6)) + 1)]


def _share_ticks(place: Callable[[float], float]) -> list[Tick]:
    return [Tick(place(share), _percent(share)) for share in SHARES]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _x(share: float) -> float:
    return _rounded(LEFT + share * (RIGHT - LEFT))


def _y(share: float) -> float:
    return _rounded(BOTTOM - share * (BOTTOM - TOP))


def _rounded(place: float) -> float:
    return round(place, 1)
