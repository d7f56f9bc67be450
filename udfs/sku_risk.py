"""What the stream job does for one SKU in one warehouse: fold what happened, then assess the risk.

`fold` depends on events alone; `assess` on the state, the time and the parameters. So a replay of history that folds the
same rows and assesses at the same times gives the same answers as the stream gave.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from udfs import alerting
from udfs.alert_rules import AlertRule
from udfs.combined import COUNTED, MINUTE_MS, Combined, Inbound, MinuteTotals
from udfs.grid import GRID_MINUTES
from udfs.ledger import Ledger
from udfs.lessons import NO_LESSONS, Lessons
from udfs.operational_time import HOUR_MS
from udfs.risk import HORIZON_MS, Risk, forecast, foretell, probabilities
from udfs.risk_parameters import RiskParameters
from udfs.sku_state import SkuState
from udfs.snapshots import MOST_QUIET_MINUTES, Label, Snapshots
from udfs.step_orders import Expecting, StepOrders

Record = dict[str, Any]


class Assessment(NamedTuple):
    """What is to be told: records of the contracts ``prediction`` and ``alert``, times in epoch milliseconds."""

    prediction: Record | None = None
    alert: Record | None = None
    chance: float | None = None
    """The probability that the alert was decided by: that of the rule's horizon."""


NOTHING_TO_SAY = Assessment()


def fold(state: SkuState, combined: Combined, parameters: RiskParameters) -> Lessons:
    """Take one row into the state.

    A row may hold months, as when history is read again. It is taken in by grid step, so that each grid hour is foretold
    from what was known at it. Of ``parameters`` the profile matters, which measures time in stock, and the priors.
    """
    newest_minute = combined.newest_occurred_ms // MINUTE_MS
    if not state.snapshots.is_due(newest_minute):
        _take(state, combined.minutes, combined.inbound, newest_minute, parameters)
        return NO_LESSONS
    labels: list[Label] = []
    orders: list[StepOrders] = []
    for step, (minutes, inbound) in sorted(_by_step(combined).items()):
        _pass(state, step, parameters, labels, orders)
        # what is overdue at the end of the row was not yet overdue at this step
        step_end = (step + 1) * GRID_MINUTES
        _take(state, minutes, inbound, min(newest_minute, step_end), parameters)
    return Lessons(labels, orders)


def pass_time(state: SkuState, minute: int, parameters: RiskParameters) -> Lessons:
    """Say that all events up to before that minute are known, so that something may come due without any event."""
    snapshots = state.snapshots
    if snapshots.passed is None or not snapshots.is_due(minute):
        return NO_LESSONS
    labels: list[Label] = []
    orders: list[StepOrders] = []
    _pass(state, (minute - 1) // GRID_MINUTES, parameters, labels, orders)
    return Lessons(labels, orders)


def _by_step(combined: Combined) -> dict[int, tuple[list[MinuteTotals], list[Inbound]]]:
    """The row by the grid hour before each minute; what happens at a grid hour itself is known at it."""
    steps: dict[int, tuple[list[MinuteTotals], list[Inbound]]] = {}
    for totals in combined.minutes:
        steps.setdefault((totals.minute - 1) // GRID_MINUTES, ([], []))[0].append(totals)
    for order in combined.inbound:
        steps.setdefault((order.announced - 1) // GRID_MINUTES, ([], []))[1].append(order)
    return steps


def _take(
    state: SkuState,
    minutes: Sequence[MinuteTotals],
    inbound: Sequence[Inbound],
    newest_minute: int,
    parameters: RiskParameters,
) -> None:
    ledger, demand, snapshots = state.ledger, state.demand, state.snapshots
    received = False
    for totals in minutes:
        before = ledger.stock
        demand.apply(totals, _was_in_stock(ledger, totals), parameters.profile)
        ledger.apply(totals)
        if snapshots.pending and (before > 0 >= ledger.stock or totals.flags & COUNTED):
            _note(snapshots, totals, before, ledger.stock, demand.minute or totals.minute)
        received = received or totals.received > 0
    if inbound or received or state.inbound.outstanding:
        known_since = state.inbound.apply(inbound, minutes, newest_minute)
        if known_since is not None:
            snapshots.censor(known_since, minutes[-1].minute)


def _note(snapshots: Snapshots, totals: MinuteTotals, before: int, stock: int, newest_minute: int) -> None:
    if before > 0 >= stock:
        # heard of late, it ran out at some time since; the newest minute is the one that is sure
        snapshots.ran_out(max(totals.minute, newest_minute))
    elif stock > before:
        snapshots.censor(totals.minute, totals.minute)


def _pass(
    state: SkuState, grid: int, parameters: RiskParameters, labels: list[Label], orders: list[StepOrders]
) -> None:
    """Foretell each grid hour up to ``grid``, of which everything is known now, and collect what is over by it."""
    snapshots, ledger, demand = state.snapshots, state.ledger, state.demand
    if snapshots.passed is None or demand.minute is None:
        snapshots.passed = grid
        return
    on_shelf = ledger.stock > 0 and ledger.stock_known
    known_until = (demand.minute + MOST_QUIET_MINUTES) // GRID_MINUTES
    for passed in range(snapshots.passed + 1, min(grid, known_until) + 1):
        labels += snapshots.mature(passed)
        expecting, snapshots.expecting = snapshots.expecting, None
        if on_shelf:
            at_ms = passed * GRID_MINUTES * MINUTE_MS
            logits, sums = foretell(ledger.stock, demand, state.inbound.outstanding, at_ms, parameters)
            snapshots.add(passed, logits)
            snapshots.expecting = Expecting.of(sums)
        elif expecting is not None:
            sums = demand.at(passed * GRID_MINUTES, False, parameters.profile)
        if expecting is not None:
            orders.append(expecting.turned_out(passed - 1, sums))
    if grid > snapshots.passed:
        labels += snapshots.mature(grid)
        snapshots.expecting = None


def _was_in_stock(ledger: Ledger, totals: MinuteTotals) -> bool:
    """Whether the shelf held anything up to this minute, as far as the ledger and the minute itself show."""
    if ledger.stock > 0 or not ledger.stock_known:
        return True
    # a sale that no receipt or count explains shows that the ledger is wrong, not that the shelf was empty
    return totals.units > 0 and totals.received == 0 and not totals.flags & COUNTED


def assess(
    state: SkuState,
    key: str,
    now_ms: int,
    parameters: RiskParameters,
    rule: AlertRule,
    received_ms: int | None = None,
    *,
    suppressed: bool = False,
) -> Assessment:
    """The risk of ``tenant|sku|warehouse`` now, and the change of its alert if there is one.

    Nothing is said of a stock that was never known (`Ledger.stock_known`). ``received_ms`` is the receipt of the oldest
    event that this reflects first; None where only time moved on. A suppressed SKU has predictions and no alert. Moves
    ``updated_at_ms`` and ``alert`` of the state on.
    """
    if state.updated_at_ms is None and not state.ledger.stock_known:
        return NOTHING_TO_SAY
    # strictly newer than the last: an online store drops what is not
    updated_at_ms = now_ms if state.updated_at_ms is None else max(now_ms, state.updated_at_ms + 1)
    risk = forecast(state.ledger.stock, state.demand, state.inbound.outstanding, updated_at_ms, parameters)
    state.updated_at_ms = updated_at_ms
    chance = _chance(risk, state, updated_at_ms, parameters, rule.horizon_hours * HOUR_MS)
    threshold = None if suppressed else rule.threshold
    state.alert, change = alerting.step(state.alert, chance, risk.oos_ms, threshold, updated_at_ms)
    tenant_id, sku, warehouse = key.split("|")
    prediction = {
        "tenant_id": tenant_id,
        "sku": sku,
        "warehouse": warehouse,
        "stock": state.ledger.stock,
        "velocity": risk.velocity,
        "probability": risk.probability,
        "predicted_oos_at": risk.oos_ms,
        "oos_earliest_at": risk.earliest_ms,
        "oos_latest_at": risk.latest_ms,
        "model_version": parameters.model_version,
        "updated_at": updated_at_ms,
        "alert_since": alerting.in_force_since(state.alert),
        "received_at": received_ms,
    }
    if change is None or state.alert is None:
        return Assessment(prediction, chance=chance)
    alert = {
        "alert_id": alerting.alert_id(key, state.alert.since_ms),
        "change": change.value,
        "tenant_id": tenant_id,
        "sku": sku,
        "warehouse": warehouse,
        "raised_at": state.alert.since_ms,
        "changed_at": updated_at_ms,
        "threshold": rule.threshold,
        "probability": chance,
        "predicted_oos_at": risk.oos_ms,
        "stock": state.ledger.stock,
        "model_version": parameters.model_version,
        "horizon_hours": rule.horizon_hours,
        "quiet_until": None if rule.quiet is None else rule.quiet.end_ms(updated_at_ms),
    }
    return Assessment(prediction, alert, chance)


def _chance(risk: Risk, state: SkuState, now_ms: int, parameters: RiskParameters, horizon_ms: int) -> float:
    """The probability of running out within an alert's horizon, which mostly is that of the risk."""
    if horizon_ms == HORIZON_MS:
        return risk.probability
    stock, outstanding = state.ledger.stock, state.inbound.outstanding
    (chance,) = probabilities(stock, state.demand, outstanding, now_ms, parameters, (horizon_ms,))
    return chance
