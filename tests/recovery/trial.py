"""One fault under load: strike, measure the recovery, and compare everything with what must be."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from recovery.faults import Fault
from recovery.prober import eventually
from recovery.scene import Scene
from recovery.verdict import longest_silence, wrong_answers

from ops.stack import StackFailure

CHECKPOINT_S = 45.0
AFTER_ITS_START_S = 20.0
"""For so long after it is back the API may be silent once more: it starts by reading what was accepted before."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one trial. All but the figures must be empty."""

    name: str
    recovery_s: float | None
    """From the end of the fault to an answer that has an event sent after it; None where it took too long."""
    limit_s: float
    events: int
    """Accepted in all, up to now."""
    answers: int
    silence_s: float
    """The longest time without any answer of the API, during the fault and the recovery."""
    wrong: list[str] = field(default_factory=list)
    """Stock, stored predictions and answers that are not what they must be."""
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    """Alerts."""

    @property
    def holds(self) -> bool:
        recovered = self.recovery_s is not None and self.recovery_s <= self.limit_s
        return recovered and not (self.wrong or self.missing or self.doubled)

    @property
    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "holds": self.holds}


def run(scene: Scene, fault: Fault) -> Result:
    """Strike a scene. Returns once it has settled again, or will not."""

    def strike() -> list[str]:
        fault.strike(scene.target)
        return []

    return judged(scene, fault.name, strike, fault.limit_s, fault.silences)


def judged(
    scene: Scene, name: str, act: Callable[[], list[str]], limit_s: float = 30.0, silences: bool = False
) -> Result:
    """Do something to the scene, which tells what did not hold, and compare all that follows with what must be."""
    began, known = time.time(), len(scene.shop.dishonest)
    wrong, recovery_s = _found(act), None
    over = time.time()

    def recover() -> list[str]:
        nonlocal recovery_s
        recovery_s = scene.time_to_recover(3 * limit_s)
        eventually(lambda: scene.checkpointed_at() > over, CHECKPOINT_S, "a checkpoint")
        return []

    wrong += _found(recover)
    recovered = time.time()
    with scene.quiet():
        wrong += _found(lambda: scene.unsettled(scene.shop))
        alerts = scene.await_alerts()
    asked = scene.prober.answers(began, time.time())
    struck = [(began, over + AFTER_ITS_START_S)] if silences else []
    wrong += wrong_answers(asked, scene.witness.seen(), scene.prober.sales(), scene.prober.degraded(), struck)
    return Result(
        name=name,
        recovery_s=recovery_s,
        limit_s=limit_s,
        events=len(scene.shop.accepted),
        answers=len(asked),
        silence_s=longest_silence(asked, began, recovered),
        wrong=[*wrong, *scene.shop.dishonest[known:], *alerts.disorderly],
        missing=alerts.missing,
        doubled=alerts.doubled,
    )


def _found(act: Callable[[], list[str]]) -> list[str]:
    """What it says did not hold, or why it could not go on."""
    try:
        return act()
    except (OSError, AssertionError, StackFailure, httpx.HTTPError) as error:
        return [f"{type(error).__name__}: {error}"]
