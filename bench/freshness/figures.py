"""What comes of a run, phase by phase, in the form in which it is printed and kept."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.freshness.run import EVERY_S, GENERATOR, Run, Sample
from bench.freshness.verdict import Outcome, Span, outcome, settled_after

BASELINE, WARM_UP, LOADED, BURST, AFTER = "idle", "warm-up", "load", "burst", "after"
"""Phases, each after the other. The baseline has probes and queries and no load."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU of one part in one phase."""

    cpus: float
    """CPU seconds a second."""
    us_an_event: float | None
    """CPU microseconds an accepted event, less what the part takes when idle; None without a load."""


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """One phase."""

    name: str
    rate: float
    seconds: float
    outcome: Outcome
    predictions_a_second: float
    holds: bool
    times_the_baseline: float | None
    """The p95 of freshness by that of the baseline."""
    costs: Mapping[str, Cost]

    @property
    def stack(self) -> Cost:
        """Of the whole stack, without the generator."""
        parts = [cost for part, cost in self.costs.items() if part != GENERATOR and ":" not in part]
        of_events = [cost.us_an_event for cost in parts if cost.us_an_event is not None]
        return Cost(sum(cost.cpus for cost in parts), sum(of_events) if of_events else None)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """A whole run."""

    phases: Sequence[PhaseFigures]
    settled_after_burst_s: float | None
    """None without a burst, where it did not settle, and where the load before it did not hold."""
    refused_probes: int
    skipped_probes: int
    cpu_count: int
    load_average: Sequence[float]
    lags: Sequence[tuple[float, int, int]]
    """Second, events before the job, predictions before the online store."""


def figures_of(run: Run) -> RunFigures:
    """The figures of a run that has a baseline."""
    spans, lags = run.spans, run.lags
    found = {name: outcome(run.seen, lags, span) for name, span in spans.items()}
    phases = {name: _phase(run, name, found) for name in spans}
    # what did not hold before the burst is nothing to come back to
    was_steady = LOADED in phases and BURST in phases and phases[LOADED].holds
    return RunFigures(
        [*phases.values()],
        settled_after(run.seen, lags, found[LOADED], spans[BURST]) if was_steady else None,
        len(run.seen.refused_probes),
        run.seen.skipped_probes,
        os.cpu_count() or 1,
        os.getloadavg(),
        [(round(lag.at, 1), lag.job, lag.writer) for lag in lags],
    )


def _phase(run: Run, name: str, found: Mapping[str, Outcome]) -> PhaseFigures:
    span, mine, baseline = run.spans[name], found[name], found[BASELINE]
    (rate,) = (phase.rate for phase in run.plan.phases if phase.name == name)
    first, last = run.within(span)
    predictions = (last.reading.predictions - first.reading.predictions) / _seconds(first, last)
    slow, usual = mine.freshness_s.p95, baseline.freshness_s.p95
    return PhaseFigures(
        name,
        rate,
        span.seconds,
        mine,
        predictions,
        mine.holds(predictions),
        slow / usual if slow and usual else None,
        _costs(run, span, mine.events_a_second),
    )


def _costs(run: Run, span: Span, events_a_second: float) -> dict[str, Cost]:
    used, idle = _cpus(run, span), _cpus(run, run.spans[BASELINE])
    return {
        part: Cost(cpus, 1e6 * (cpus - idle.get(part, 0.0)) / events_a_second if events_a_second else None)
        for part, cpus in sorted(used.items(), key=lambda item: (_order(item[0]), -item[1]))
    }


def _order(part: str) -> tuple[bool, str]:
    """The generator last, and threads after their process."""
    return part == GENERATOR, "" if part == GENERATOR else part.partition(":")[0]


def _cpus(run: Run, span: Span) -> dict[str, float]:
    first, last = run.within(span)
    seconds = _seconds(first, last)
    # a thread that ends takes its time with it
    return {part: max(0.0, (now - first.cpu.get(part, 0.0)) / seconds) for part, now in last.cpu.items()}


def _seconds(first: Sample, last: Sample) -> float:
    """Between two samples; where all of a phase but one were lost there is nothing to divide, and no time."""
    return last.at - first.at or EVERY_S
