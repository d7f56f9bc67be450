"""What does not hold: pure comparisons of what was seen with what must be. Each finding is a line for a person."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FRESH_S = 10.0
"""An event that was accepted longer ago is in an answer, or the answer or the status says that it may not be."""
MARKED_S = 5.0
"""An answer of at least this age says that it is old."""
STATUS_WITHIN_S = 5.0
"""The status is asked every second and is up to two seconds old."""
UNANSWERED = 0
"""Instead of an HTTP status: refused, cut off, or no answer in time."""

Shown = tuple[float, int | None]
"""Probability, and epoch seconds of running out, as the API shows them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A prediction as it was read from Kafka. ``at`` in epoch seconds is when, so it was there by then."""

    at: float
    stock: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said when asked for one SKU. Times in epoch seconds."""

    sku: str
    began: float
    ended: float
    status: int
    honest: bool = True
    """Whether an answer that is no 200 is a problem that says when to come again, and a 200 can be read."""
    shown: tuple[Shown, ...] = ()
    fresh_at: float | None = None
    age_s: int | None = None
    """As the answer says it."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Of one probe: what it had when it began, and when each unit that was sold since had been accepted."""

    opening: int
    accepted: Sequence[float]


Span = tuple[float, float]


def wrong_answers(
    answers: Iterable[Answer],
    seen: Mapping[str, Sequence[Seen]],
    sales: Mapping[str, Sales],
    degraded: Sequence[float],
    struck: Sequence[Span],
) -> list[str]:
    """Answers that are neither right nor honest.

    ``degraded`` are the times, in order, at which the status said that something on the way of a sale is wrong, or did not
    answer. ``struck`` is when the API itself was down or stopped: only then may it be silent.
    """
    found = []
    for answer in answers:
        if answer.status == UNANSWERED:
            if not _within(answer, struck):
                found.append(f"no answer for {answer.sku} at {answer.began:.1f}")
        elif answer.status != 200:
            if answer.status != 503 or not answer.honest:
                found.append(f"{answer.status} for {answer.sku} at {answer.began:.1f}")
        elif reason := _wrong(answer, seen[answer.sku], sales[answer.sku], degraded):
            found.append(f"{answer.sku} at {answer.began:.1f}: {reason}")
    return found


def _wrong(answer: Answer, seen: Sequence[Seen], sales: Sales, degraded: Sequence[float]) -> str | None:
    if not answer.honest:
        return "cannot be read"
    if len(answer.shown) != 1:
        return f"{len(answer.shown)} warehouses instead of 1"
    same = [index for index, each in enumerate(seen) if each.shown == answer.shown[0]]
    if not same:
        return f"shows {answer.shown[0]}, which was never predicted"
    if answer.fresh_at is None:
        return "does not say how fresh it is"
    # in whole seconds, and counted from some moment between question and answer
    if answer.age_s is None or not answer.began - 1 <= answer.fresh_at + answer.age_s <= answer.ended:
        return f"is of {answer.fresh_at:.1f} and says that its age is {answer.age_s}"
    due = bisect_left(seen, answer.fresh_at, key=lambda each: each.at) - 1
    if same[-1] < due:
        return f"says that it is of {answer.fresh_at:.1f}, but a newer prediction was there"
    sold = max(0, sales.opening - seen[same[-1]].stock)
    missing = sales.accepted[sold] if sold < len(sales.accepted) else answer.ended
    if answer.ended - missing <= FRESH_S:
        return None
    # an old answer excuses what is newer than itself, not what was due in it
    if answer.age_s >= MARKED_S and answer.fresh_at - missing <= FRESH_S:
        return None
    if any(abs(at - answer.ended) <= STATUS_WITHIN_S for at in degraded):
        return None
    return f"lacks a sale of {answer.ended - missing:.1f} s ago, and nothing says so"


def _within(answer: Answer, spans: Sequence[Span]) -> bool:
    return any(answer.began < end and answer.ended > begin for begin, end in spans)


def longest_silence(answers: Sequence[Answer], begin: float, end: float) -> float:
    """The longest time, in seconds, without any answer of the API."""
    moments = [begin, *(each.ended for each in answers if each.status != UNANSWERED), end]
    inside = sorted(at for at in moments if begin <= at <= end)
    return max(later - earlier for earlier, later in zip(inside, inside[1:]))


def wrong_stock(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """SKUs whose stock is not what it must be."""
    return [
        f"{sku} has {found.get(sku)} instead of {stock}"
        for sku, stock in expected.items()
        if found.get(sku) != stock
    ]


@dataclass(frozen=True, slots=True)
class AlertFindings:
    """Alerts that were not told, told more than once, or told as they should not be."""

    missing: list[str]
    doubled: list[str]
    disorderly: list[str]


def wrong_alerts(
    expected: Mapping[str, tuple[str, ...]], alerts: Iterable[Mapping[str, Any]]
) -> AlertFindings:
    """``alerts`` are changes as the topic has them, oldest first for each SKU."""
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for alert in alerts:
        told[alert["sku"]].append((alert["change"], alert["alert_id"]))
    findings = AlertFindings([], [], [])
    for sku in expected.keys() | told.keys():
        wanted, changes = expected.get(sku, ()), [change for change, _ in told[sku]]
        findings.missing.extend(f"{sku} {change}" for change in wanted if change not in changes)
        findings.doubled.extend(
            f"{sku} {change}" for change in ("raised", "resolved") if changes.count(change) > 1
        )
        unwanted = [change for change in dict.fromkeys(changes) if change not in wanted]
        findings.disorderly.extend(f"{sku} {change}, which was not to be" for change in unwanted)
        if len({alert_id for _, alert_id in told[sku]}) > 1:
            findings.doubled.append(f"{sku} under several ids")
        if (
            "resolved" in changes
            and "raised" in changes
            and changes.index("resolved") < changes.index("raised")
        ):
            findings.disorderly.append(f"{sku} resolved before it was raised")
    return findings


def miscounted(sent: Iterable[str], logged: Iterable[str]) -> list[str]:
    """Ids of accepted events that the log does not hold exactly once, and of others that it holds."""
    counts: dict[str, int] = defaultdict(int)
    for event_id in logged:
        counts[event_id] += 1
    accepted = set(sent)
    lost = [
        f"event {each} is in the log {counts.get(each, 0)} times"
        for each in accepted
        if counts.get(each) != 1
    ]
    return lost + [f"event {each} is in the log and was never accepted" for each in counts.keys() - accepted]
