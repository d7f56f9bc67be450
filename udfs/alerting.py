"""The life of an alert: raised, updated, resolved, each change told once.

* It is raised when the probability reaches the threshold.
* It is resolved when the probability falls below the threshold by more than `HYSTERESIS`, so noise does not flap it.
* It is resolved, and none is raised, while no alert of the SKU is wanted.
* If the probability is back at the threshold within `REOPEN_MS` of that, the same alert goes on: an ``updated`` after
  its ``resolved`` reopens it, and nobody is told of a new one.
* In between it is updated when the picture changed materially since the last change told, at most once in
  `UPDATE_EVERY_MS`.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

HYSTERESIS = 0.05
REOPEN_MS = 15 * 60_000
UPDATE_EVERY_MS = 15 * 60_000
MATERIAL_PROBABILITY = 0.1
MATERIAL_OOS_MS = 3 * 3_600_000

_ALERTS = UUID("0e2f4b1c-6d0a-5f7e-9a59-6f3c1f6f8f0d")


class Change(StrEnum):
    """What happened to an alert; the symbols of the alert contract."""

    RAISED = "raised"
    UPDATED = "updated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertState:
    """The newest alert of one key, and what was last told of it. Times in epoch milliseconds."""

    since_ms: int
    """When it was raised; its identity."""
    told_ms: int
    told_probability: float
    told_oos_ms: int | None
    resolved: bool = False


def step(
    state: AlertState | None, probability: float, oos_ms: int | None, threshold: float | None, now_ms: int
) -> tuple[AlertState | None, Change | None]:
    """The alert after a prediction, and the change to tell, if any. Pure.

    ``state`` is None where there was no alert within `REOPEN_MS`. ``oos_ms`` is the predicted time of running out.
    ``threshold`` is None where no alert is wanted: one in force is then resolved.
    """
    if threshold is None:
        # above all that a probability can be
        threshold = 1 + 2 * HYSTERESIS
    if state is None or (state.resolved and now_ms - state.told_ms > REOPEN_MS):
        if probability < threshold:
            return None, None
        return AlertState(now_ms, now_ms, probability, oos_ms), Change.RAISED
    if state.resolved:
        change = Change.UPDATED if probability >= threshold else None
    elif probability < resolved_below(threshold):
        change = Change.RESOLVED
    else:
        change = Change.UPDATED if _is_material(state, probability, oos_ms, now_ms) else None
    if change is None:
        return state, None
    return AlertState(state.since_ms, now_ms, probability, oos_ms, change is Change.RESOLVED), change


def resolved_below(threshold: float) -> float:
    """The probability below which an alert that is in force is resolved."""
    return threshold - min(HYSTERESIS, threshold / 2)


def in_force_since(state: AlertState | None) -> int | None:
    """When the alert that is in force was raised, epoch milliseconds; None when none is."""
    return None if state is None or state.resolved else state.since_ms


def alert_id(key: str, since_ms: int) -> str:
    """The UUID of the alert of ``tenant|sku|warehouse`` raised at that time; a replay gives the same."""
    return str(uuid5(_ALERTS, f"{key}|{since_ms}"))


def _is_material(state: AlertState, probability: float, oos_ms: int | None, now_ms: int) -> bool:
    if now_ms - state.told_ms < UPDATE_EVERY_MS:
        return False
    if abs(probability - state.told_probability) >= MATERIAL_PROBABILITY:
        return True
    if probability == state.told_probability == 1.0:
        # already out: the time moves with the clock and tells nothing new
        return False
    if oos_ms is None or state.told_oos_ms is None:
        return oos_ms is not state.told_oos_ms
    return abs(oos_ms - state.told_oos_ms) >= MATERIAL_OOS_MS
