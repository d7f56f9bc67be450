"""Logistic regression that learns label by label or batch by batch, and forgets.

River's own logistic regression follows the gradient with a learning rate that has to be guessed: too small and it is
months late, too large and it never settles. This one keeps the curvature beside the weights, so that each batch moves
them by a Newton step: the recursion of iteratively reweighted least squares with a forgetting factor (Ljung and
Soderstrom 1983, "Theory and Practice of Recursive Identification", chapter 2; for the logistic case, the Laplace step
of McCormick, Raftery, Madigan and Burd 2012, "Dynamic logistic regression and dynamic model averaging", Biometrics 68).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from river import base

if TYPE_CHECKING:
    # it takes a second to import, and the job has no tables
    import pandas as pd

INTERCEPT = "intercept"


class RecursiveLogisticRegression(base.MiniBatchClassifier):
    """A River classifier of two classes.

    Parameters
    ----------
    prior
        Weights by feature before any label, with `INTERCEPT` for the constant; 0 for what is not named.
    precision
        How many labels (by their Fisher information) the prior counts for, in each feature.
    memory
        What is left of the evidence after each call of ``learn_one`` or ``learn_many``, from 0 to 1.
    """

    def __init__(
        self, prior: Mapping[str, float] | None = None, precision: float = 50.0, memory: float = 1.0
    ) -> None:
        if not 0 < memory <= 1 or not precision > 0:
            raise ValueError("The memory lies above 0 and at most at 1, the precision above 0.")
        self.prior = prior
        self.precision = precision
        self.memory = memory
        self._features: list[str] = []
        self._weights = np.empty(0)
        self._evidence = np.empty((0, 0))
        self._grow({INTERCEPT: None, **dict.fromkeys(prior or ())})

    @property
    def weights(self) -> dict[str, float]:
        """The weights learned so far, by feature."""
        return dict(zip(self._features, self._weights.tolist()))

    @property
    def evidence(self) -> NDArray[np.float64]:
        """The faded Fisher information, by feature in the order of `weights`."""
        return self._evidence

    def restore(self, weights: Mapping[str, float], evidence: NDArray[np.float64]) -> None:
        """Go on from what `weights` and `evidence` were; features that they do not name stay as they are.

        Raises ``ValueError`` where the two do not fit each other.
        """
        if evidence.shape != (len(weights), len(weights)):
            raise ValueError(f"Evidence of {evidence.shape} does not fit {len(weights)} weights.")
        self._grow(weights)
        places = [self._features.index(name) for name in weights]
        self._weights[places] = list(weights.values())
        self._evidence[np.ix_(places, places)] = evidence

    def forget(self, left: float) -> None:
        """Keep only a share of the evidence, so that what comes next weighs more."""
        self._evidence = self._evidence * left

    def chances(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is foretold of each row of features, which are in the order of `weights`."""
        chances: NDArray[np.float64] = _sigmoid(rows @ self._weights)
        return chances

    def learn_rows(self, rows: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        """One batch, its features in the order of `weights`: as ``learn_many``, which takes far longer to read a table."""
        self._learn(rows, truth)

    def learn_one(self, x: dict[Any, Any], y: base.typing.ClfTarget) -> None:
        self._grow(x)
        self._learn(self._row(x)[None], np.array([float(y)]))

    def learn_many(self, X: "pd.DataFrame", y: "pd.Series[Any]") -> None:
        self._grow(X.columns)
        self._learn(self._rows(X), y.to_numpy(float))

    def predict_proba_one(self, x: dict[Any, Any], **_: Any) -> dict[base.typing.ClfTarget, float]:
        known = {name: value for name, value in x.items() if name in self._features}
        chance = float(_sigmoid(self._row(known) @ self._weights))
        return {False: 1 - chance, True: chance}

    def predict_proba_many(self, X: "pd.DataFrame") -> "pd.DataFrame":
        known = X[[name for name in X.columns if name in self._features]]
        chance = _sigmoid(self._rows(known) @ self._weights)
        return type(X)({False: 1 - chance, True: chance}, index=X.index)

    def predict_many(self, X: "pd.DataFrame") -> "pd.Series[Any]":
        return self.predict_proba_many(X)[True] >= 0.5

    def _learn(self, rows: NDArray[np.float64], truth: NDArray[np.float64]) -> None:
        start = self._start(self._features)
        chance = _sigmoid(rows @ self._weights)
        self._evidence = self.memory * self._evidence + (rows * (chance * (1 - chance))[:, None]).T @ rows
        # what is forgotten of the evidence leaves room for the prior again
        pull = rows.T @ (truth - chance) + (1 - self.memory) * self.precision * (start - self._weights)
        curvature = self._evidence + self.precision * np.eye(len(start))
        self._weights = self._weights + np.linalg.solve(curvature, pull)

    def _grow(self, names: Any) -> None:
        new = [name for name in names if name not in self._features]
        if not new:
            return
        size = len(self._features)
        self._features += new
        self._weights = np.r_[self._weights, self._start(new)]
        grown = np.zeros((len(self._features),) * 2)
        grown[:size, :size] = self._evidence
        self._evidence = grown

    def _start(self, names: list[str]) -> NDArray[np.float64]:
        prior = self.prior or {}
        return np.array([prior.get(name, 0.0) for name in names])

    def _row(self, x: Mapping[Any, Any]) -> NDArray[np.float64]:
        return np.array([1.0 if name == INTERCEPT else x.get(name, 0.0) for name in self._features], float)

    def _rows(self, X: "pd.DataFrame") -> NDArray[np.float64]:
        rows = np.zeros((len(X), len(self._features)))
        rows[:, 0] = 1.0
        for name in X.columns:
            rows[:, self._features.index(name)] = X[name].to_numpy(float)
        return rows


def _sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
