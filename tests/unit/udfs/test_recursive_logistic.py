"""A River classifier that River's own checks accept, and that is the recursion it says it is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from river.checks import yield_checks

from udfs.recursive_logistic import INTERCEPT, RecursiveLogisticRegression

TRUE_WEIGHTS = {INTERCEPT: -1.0, "a": 2.0, "b": -0.5}


def labelled(size: int, seed: int, sign: float = 1.0) -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    random = np.random.default_rng(seed)
    features = pd.DataFrame({"a": random.normal(size=size), "b": random.normal(size=size)})
    logits = TRUE_WEIGHTS[INTERCEPT] + sign * (2.0 * features["a"] - 0.5 * features["b"])
    return features, pd.Series(random.random(size) < 1 / (1 + np.exp(-logits)))


def check_name(check: Callable[..., Any]) -> str:
    return str(getattr(check, "__name__", None) or check.func.__name__)  # type: ignore[attr-defined]  # a partial


@pytest.mark.parametrize("check", list(yield_checks(RecursiveLogisticRegression())), ids=check_name)
def test_river_accepts_it(check: Callable[[RecursiveLogisticRegression], None]) -> None:
    check(RecursiveLogisticRegression())


def test_one_batch_is_the_newton_step_of_the_formula() -> None:
    features, truth = labelled(50, 1)
    prior, precision, memory = {INTERCEPT: 0.3, "a": 1.0, "b": 0.0}, 7.0, 0.9
    model = RecursiveLogisticRegression(prior, precision, memory)
    model.learn_many(features, truth)
    rows = np.column_stack([np.ones(50), features])
    start = np.array([0.3, 1.0, 0.0])
    chance = 1 / (1 + np.exp(-rows @ start))
    fisher = rows.T @ np.diag(chance * (1 - chance)) @ rows
    step = np.linalg.solve(fisher + precision * np.eye(3), rows.T @ (truth.to_numpy(float) - chance))
    assert list(model.weights.values()) == pytest.approx((start + step).tolist())
    assert model.evidence == pytest.approx(fisher)


def test_one_label_is_a_batch_of_one() -> None:
    features, truth = labelled(20, 2)
    one_by_one, in_batches = RecursiveLogisticRegression(memory=0.95), RecursiveLogisticRegression(
        memory=0.95
    )
    for i in range(20):
        one_by_one.learn_one({"a": features["a"][i], "b": features["b"][i]}, bool(truth[i]))
        in_batches.learn_many(features[i : i + 1], truth[i : i + 1])
    assert one_by_one.weights == pytest.approx(in_batches.weights)


def test_it_recovers_the_weights_that_made_the_labels() -> None:
    model = RecursiveLogisticRegression(precision=1.0)
    features, truth = labelled(40_000, 3)
    for at in range(0, 40_000, 100):
        model.learn_many(features[at : at + 100], truth[at : at + 100])
    assert model.weights == pytest.approx(TRUE_WEIGHTS, abs=0.08)


def test_before_any_label_it_says_what_the_prior_says() -> None:
    model = RecursiveLogisticRegression({INTERCEPT: 1.0, "a": 2.0})
    assert model.predict_proba_one({"a": -0.5, "unknown": 9.0})[True] == pytest.approx(0.5)


def test_what_forgets_follows_a_change_sooner() -> None:
    forgetful, faithful = RecursiveLogisticRegression(precision=1.0), RecursiveLogisticRegression(
        precision=1.0
    )
    for model in (forgetful, faithful):
        model.learn_many(*labelled(5000, 4))
        model.learn_many(*labelled(5000, 5))
    forgetful.forget(0.02)
    changed = labelled(300, 6, sign=-1.0)
    for model in (forgetful, faithful):
        for at in range(0, 300, 50):
            model.learn_many(changed[0][at : at + 50], changed[1][at : at + 50])
    assert forgetful.weights["a"] < 0 < faithful.weights["a"]


def test_without_news_a_memory_that_fades_goes_back_to_the_prior() -> None:
    model = RecursiveLogisticRegression({"a": 1.0}, precision=10.0, memory=0.5)
    model.learn_many(*labelled(1000, 7, sign=-1.0))
    assert model.weights["a"] < 0
    nothing = pd.DataFrame({"a": []}, dtype=float), pd.Series([], dtype=float)
    for _ in range(60):
        model.learn_many(*nothing)
    assert model.weights["a"] == pytest.approx(1.0, abs=0.02)


def test_it_goes_on_from_where_it_was() -> None:
    model, restored = RecursiveLogisticRegression(memory=0.9), RecursiveLogisticRegression(memory=0.9)
    model.learn_many(*labelled(100, 8))
    restored.restore(model.weights, model.evidence)
    for one in (model, restored):
        one.learn_many(*labelled(100, 9))
    assert restored.weights == model.weights


def test_weights_that_do_not_fit_their_evidence_are_refused() -> None:
    with pytest.raises(ValueError, match="fit"):
        RecursiveLogisticRegression().restore({INTERCEPT: 1.0}, np.eye(2))


@pytest.mark.parametrize("wrong", [{"memory": 0.0}, {"memory": 1.1}, {"precision": 0.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="memory"):
        RecursiveLogisticRegression(**wrong)  # type: ignore[arg-type]  # its prior is another type
