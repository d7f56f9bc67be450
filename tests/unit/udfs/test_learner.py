"""What is learned depends on the labels and on nothing else, and each version tells where it comes from."""

from hashlib import sha256

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.encoding import decoder, encoder
from udfs.learner import GRID_MS, Learner
from udfs.lessons import Lessons
from udfs.risk_parameters import FAMILY, MEMORIES, RiskParameters
from udfs.snapshots import LOGIT_STEPS, Label

FIRST_GRID = 80_544
TENANT = "0b6a0a52-8f4e-4f0e-9d55-2f6f3a5b8c11"


def labels_of(steps: int, size: int, seed: int, knowing: int = 0) -> list[Label]:
    """Labels that come true as often as the memory ``knowing`` says; the others say something at random."""
    random = np.random.default_rng(seed)
    labels = []
    for step in range(steps):
        for logit in random.normal(0, 1, size):
            logits = random.normal(0, 1, len(MEMORIES))
            logits[knowing] = logit
            short, even = (int(one * LOGIT_STEPS) for one in np.clip(logits, -2.25, 2.25))
            labels.append(
                Label(FIRST_GRID + step, (short, even), bool(random.random() < 1 / (1 + np.exp(-4 * logit))))
            )
    return labels


def learned(labels: list[Label]) -> Learner:
    learner = Learner()
    learner.take([Lessons(labels)])
    learner.learn()
    return learner


LABELS = labels_of(4, 15, 1)


@settings(max_examples=10, deadline=None)
@given(st.permutations(LABELS), st.integers(0, 60))
def test_the_order_in_which_labels_come_does_not_matter(labels: list[Label], cut: int) -> None:
    shuffled = Learner()
    shuffled.take([Lessons(labels[:cut])])
    shuffled.take([Lessons(labels[cut:])])
    assert shuffled.learn() == len(LABELS)
    in_order = learned(LABELS)
    assert shuffled.parameters().to_json() == in_order.parameters().to_json()
    assert shuffled.publish(1) == in_order.publish(1)


def test_labels_beyond_the_hour_asked_for_wait() -> None:
    learner = Learner()
    learner.take([Lessons(LABELS)])
    assert learner.learn(until_grid=FIRST_GRID + 1) == 30
    assert sorted(learner.waiting) == [FIRST_GRID + 2, FIRST_GRID + 3]
    assert learner.learn() == 30
    assert learner.parameters().to_json() == learned(LABELS).parameters().to_json()


def test_the_memory_that_foretells_better_wins_and_the_reason_says_so() -> None:
    learner = learned(labels_of(30, 40, 2, knowing=0))
    version = learner.publish(1)
    assert version is not None
    assert learner.parameters().weights == MEMORIES[0]
    assert "short memory" in version.reason and "won over even memory" in version.reason


def test_who_is_not_better_does_not_win() -> None:
    learner = learned(labels_of(30, 40, 3, knowing=1))
    version = learner.publish(1)
    assert version is not None
    assert learner.parameters().weights == MEMORIES[1]
    assert "short memory" not in version.reason


def test_versions_are_a_chain_from_the_family_on() -> None:
    learner, versions = Learner(), []
    for step in range(3):
        learner.take([Lessons(labels_of(step + 1, 30, 4)[step * 30 :])])
        learner.learn()
        version = learner.publish(step)
        assert version is not None
        versions.append(version)
    assert [version.parent for version in versions] == [FAMILY, *(v.model_version for v in versions[:-1])]
    for number, version in enumerate(versions, start=1):
        assert version.parameters_digest == sha256(version.parameters.encode()).hexdigest()
        assert version.model_version == f"{FAMILY}.{number}-{version.parameters_digest[:6]}"
        served = RiskParameters.from_json(version.parameters, version.model_version)
        assert served.to_json() == version.parameters


def test_nothing_new_is_no_version() -> None:
    learner = learned(LABELS)
    assert Learner().publish(1) is None
    assert learner.publish(1) is not None
    assert learner.publish(2) is None


def test_a_version_tells_its_span_and_fits_its_contract() -> None:
    version = learned(LABELS).publish(1_790_000_000_000)
    assert version is not None
    assert version.data_from_ms == FIRST_GRID * GRID_MS
    # the last labels speak of the 24 hours after their grid hour
    assert version.data_to_ms == (FIRST_GRID + 3 + 4) * GRID_MS
    assert version.labels == 60 and "60 labels" in version.reason
    record = version.record(TENANT)
    read = decoder("model_update")(encoder("model_update")(record))
    assert read.keys() == record.keys()
    assert (read["tenant_id"], read["parameters"]) == (TENANT, version.parameters)


def test_a_law_that_is_right_is_left_about_as_it_is() -> None:
    calibration = learned(labels_of(60, 100, 5, knowing=1)).parameters().calibration
    assert abs(calibration.slope - 4) < 0.3
    assert abs(calibration.curve) < 0.3
    assert max(abs(bias) for bias in calibration.bias) < 0.3


def test_when_the_world_turns_round_a_drift_is_told() -> None:
    learner = learned(labels_of(20, 100, 6))
    learner.publish(1)
    turned = [Label(label.grid + 20, label.logits, not label.ran_out) for label in labels_of(4, 100, 7)]
    learner.take([Lessons(turned)])
    learner.learn()
    version = learner.publish(2)
    assert version is not None and "drift seen at 2025-02-2" in version.reason
