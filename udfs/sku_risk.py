"""What the stream job does for one SKU in one warehouse: fold what happened, then assess the risk.

`fold` depends on events alone; `assess` on the state, the time and the parameters. So a replay of history that folds the
same rows and assesses at the same times gives the same answers as the stream gave.
"""

from typing import Any, NamedTuple

from udfs import alerting
from udfs.combined import COUNTED, MINUTE_MS, Combined, MinuteTotals
from udfs.ledger import Ledger
from udfs.risk import RiskParameters, forecast
from udfs.sku_state import SkuState

Record = dict[str, Any]


class Assessment(NamedTuple):
    """What is to be told: records of the contracts ``prediction`` and ``alert``, times in epoch milliseconds."""

    prediction: Record | None = None
    alert: Record | None = None


NOTHING_TO_SAY = Assessment()


def fold(state: SkuState, combined: Combined, parameters: RiskParameters) -> None:
    """Take one row into the state. Of ``parameters`` only the profile matters: it measures time in stock."""
    ledger, demand = state.ledger, state.demand
    for totals in combined.minutes:
        demand.apply(totals, _was_in_stock(ledger, totals), parameters.profile)
        ledger.apply(totals)
    if combined.inbound or state.inbound.outstanding:
        state.inbound.apply(combined.inbound, combined.minutes, combined.newest_occurred_ms // MINUTE_MS)


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
    threshold: float,
    received_ms: int | None = None,
) -> Assessment:
    """The risk of ``tenant|sku|warehouse`` now, and the change of its alert if there is one.

    Nothing is said of a stock that was never known (`Ledger.stock_known`). ``received_ms`` is the receipt of the oldest
    event that this reflects first; None where only time moved on. Moves ``updated_at_ms`` and ``alert`` of the state on.
    """
    if state.updated_at_ms is None and not state.ledger.stock_known:
        return NOTHING_TO_SAY
    # strictly newer than the last: an online store drops what is not
    updated_at_ms = now_ms if state.updated_at_ms is None else max(now_ms, state.updated_at_ms + 1)
    risk = forecast(state.ledger.stock, state.demand, state.inbound.outstanding, updated_at_ms, parameters)
    state.updated_at_ms = updated_at_ms
    state.alert, change = alerting.step(state.alert, risk.probability, risk.oos_ms, threshold, updated_at_ms)
    tenant_id, sku, warehouse = key.split("|")
    prediction = {
        "tenant_id": tenant_id,
        "sku": sku,
        "warehouse": warehouse,
        "stock": state.ledger.stock,
        "velocity": risk.velocity,
        "probability": risk.probability,
        "predicted_oos_at": risk.oos_ms,
        "model_version": parameters.model_version,
        "updated_at": updated_at_ms,
        "alert_since": alerting.in_force_since(state.alert),
        "received_at": received_ms,
    }
    if change is None or state.alert is None:
        return Assessment(prediction)
    alert = {
        "alert_id": alerting.alert_id(key, state.alert.since_ms),
        "change": change.value,
        "tenant_id": tenant_id,
        "sku": sku,
        "warehouse": warehouse,
        "raised_at": state.alert.since_ms,
        "changed_at": updated_at_ms,
        "threshold": threshold,
        "probability": risk.probability,
        "predicted_oos_at": risk.oos_ms,
        "stock": state.ledger.stock,
        "model_version": parameters.model_version,
    }
    return Assessment(prediction, alert)
