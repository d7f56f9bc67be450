"""What a phase of a run was like, and whether it holds: pure arithmetic over what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from bench.freshness.plan import Seen

FRESH_WITHIN_S = 5.0
ANSWERED_WITHIN_MS = 50.0
GROWTH_S = 1.0
"""The lag of a steady stage wavers by its batches; one that grows by more than the events of this time is falling behind."""


@dataclass(frozen=True, slots=True)
class Span:
    """From and until, seconds since the run's start."""

    begin: float
    end: float

    def __contains__(self, at: object) -> bool:
        return isinstance(at, float) and self.begin <= at < self.end

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Of so many values; None where there is none, or where so many never came."""

    count: int
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Lag:
    """Events that were accepted and not yet taken by the job, and predictions not yet stored, at one moment."""

    at: float
    job: int
    writer: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One phase."""

    events_a_second: float
    """That were due and accepted."""
    refused: int
    """Requests of the load, probes and queries that were not accepted or answered."""
    freshness_s: Quantiles
    queries_ms: Quantiles
    posts_ms: Quantiles
    job_lag: int
    """The highest."""
    writer_lag: int
    job_growth: float | None
    """From the first to the last quarter of the phase; None where too little was seen of it."""
    writer_growth: float | None

    def holds(self, predictions_a_second: float) -> bool:
        """Fresh, answered in time, nothing refused, and no lag that grows; all of it seen."""
        return (
            _is_within(self.freshness_s.p95, FRESH_WITHIN_S)
            and _is_within(self.queries_ms.p95, ANSWERED_WITHIN_MS)
            and _is_within(self.job_growth, GROWTH_S * max(1.0, self.events_a_second))
            and _is_within(self.writer_growth, GROWTH_S * max(1.0, predictions_a_second))
            and not self.refused
        )


def _is_within(value: float | None, most: float) -> bool:
    return value is not None and value <= most


def outcome(seen: Seen, lags: Sequence[Lag], span: Span) -> Outcome:
    """What was due in the span, whenever its answer came."""
    sent = [one for one in seen.sent if one.due in span]
    asked = [one for one in seen.asked if one.due in span]
    probed = [one for one in seen.probed if one.accepted in span]
    taken = [one for one in sent if one.status == 202]
    answered = [one for one in asked if one.status == 200]
    refused_probes = sum(sent_at in span for sent_at in seen.refused_probes)
    within = [lag for lag in lags if lag.at in span]
    return Outcome(
        events_a_second=sum(one.events for one in taken) / span.seconds,
        refused=len(sent) - len(taken) + len(asked) - len(answered) + refused_probes,
        freshness_s=quantiles([None if one.shown is None else one.shown - one.accepted for one in probed]),
        queries_ms=quantiles([(one.done - one.due) * 1000 for one in answered]),
        posts_ms=quantiles([(one.done - one.due) * 1000 for one in taken]),
        job_lag=max((lag.job for lag in within), default=0),
        writer_lag=max((lag.writer for lag in within), default=0),
        job_growth=growth([lag.job for lag in within]),
        writer_growth=growth([lag.writer for lag in within]),
    )


def quantiles(values: Sequence[float | None]) -> Quantiles:
    """By nearest rank; what never came counts as longer than anything."""
    ordered = sorted(value for value in values if value is not None)

    def rank(share: float) -> float | None:
        number = ceil(share * len(values)) - 1
        return ordered[number] if 0 <= number < len(ordered) else None

    return Quantiles(len(values), rank(0.5), rank(0.95), rank(0.99))


def growth(values: Sequence[float]) -> float | None:
    """From the mean of the first quarter to that of the last; None for fewer than four."""
    quarter = len(values) // 4
    return (sum(values[-quarter:]) - sum(values[:quarter])) / quarter if quarter else None


def settled_after(seen: Seen, lags: Sequence[Lag], steady: Outcome, burst: Span) -> float | None:
    """Seconds from the end of the burst until no lag is higher and no probe later than it was before the burst.

    Before means the worst of the phase ``steady``; a lag of a second's events or a probe of 5 s is normal, too. None where
    it did not come to that.
    """
    worst_probe = max(FRESH_WITHIN_S, steady.freshness_s.p99 or 0.0)
    most_events = max(steady.job_lag, GROWTH_S * steady.events_a_second)
    late = [lag.at for lag in lags if lag.job > most_events or lag.writer > steady.writer_lag]
    for one in seen.probed:
        if one.accepted >= burst.begin and (one.shown is None or one.shown - one.accepted > worst_probe):
            late.append(float("inf") if one.shown is None else one.shown)
    last = max((at for at in late if at >= burst.begin), default=burst.begin)
    if last >= max((lag.at for lag in lags), default=last):
        return None
    return max(0.0, last - burst.end)
