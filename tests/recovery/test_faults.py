"""Each part killed under load, then two at once: nothing is lost, nothing counts twice, and no answer is wrong.

The long form is `recovery.chaos`.
"""

import random

import pytest
from recovery import trial
from recovery.faults import KILLS, Fault, together, wiped_redis
from recovery.scene import Scene

pytestmark = [pytest.mark.recovery, pytest.mark.timeout(400)]

SEED = 20261125
PAIR = together(*random.Random(SEED).sample(KILLS, 2))


@pytest.mark.parametrize("fault", [*KILLS, wiped_redis(), PAIR], ids=lambda fault: fault.name)
def test_the_stack_recovers(scene: Scene, fault: Fault) -> None:
    result = trial.run(scene, fault)
    assert (result.wrong, result.missing, result.doubled) == ([], [], [])
    assert result.recovery_s is not None


def test_the_log_has_each_accepted_event_once(scene: Scene) -> None:
    with scene.quiet():
        assert scene.shop.answers["202"] > 100
        assert scene.miscounted(scene.shop) == []
