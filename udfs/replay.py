"""History through the code of the stream, as fast as it goes: what Aurora would have said, and learned, at the time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from udfs.combined import MINUTE_MS, Combined
from udfs.learner import Learner
from udfs.lessons import Lessons
from udfs.model_version import ModelVersion
from udfs.risk import forecast
from udfs.risk_parameters import RiskParameters
from udfs.sku_risk import fold, pass_time
from udfs.sku_state import SkuState

MINUTES_AN_HOUR = 60


class Answer(NamedTuple):
    """What is said of one key at a grid hour; times in epoch milliseconds, as `udfs.risk.Risk` has them."""

    key: int
    probability: float
    oos_ms: int | None
    earliest_ms: int | None
    latest_ms: int | None
    model_version: str


class Replay:
    """The SKUs of one tenant through time.

    ``keys`` are ``tenant|sku|warehouse``; elsewhere a key is its place among them. Without ``learning`` the parameters
    stay as they are given.
    """

    def __init__(
        self,
        keys: Sequence[str],
        parameters: RiskParameters | None = None,
        learning: bool = True,
    ) -> None:
        self.keys = keys
        self.states = [SkuState() for _ in keys]
        self.parameters = parameters or RiskParameters()
        self.learner = Learner() if learning else None
        self.versions: list[ModelVersion] = []

    def step(self, at_ms: int, rows: Sequence[tuple[int, Combined]]) -> list[Answer]:
        """Take in what happened up to ``at_ms``, learn from what is known by then, and say what comes.

        ``rows`` are the key and its events since the last step. One answer for each key with known stock on the shelf.
        """
        lessons = [fold(self.states[key], row, self.parameters) for key, row in rows]
        minute = at_ms // MINUTE_MS + 1
        lessons += [pass_time(state, minute, self.parameters) for state in self.states]
        if self.learner is not None:
            self._learn(self.learner, at_ms, rows, lessons)
        return list(self._answers(at_ms))

    def _learn(
        self, learner: Learner, at_ms: int, rows: Sequence[tuple[int, Combined]], lessons: Iterable[Lessons]
    ) -> None:
        orders: Counter[int] = Counter()
        for _, row in rows:
            for totals in row.minutes:
                orders[totals.minute // MINUTES_AN_HOUR] += totals.orders
        learner.take_orders(sorted(orders.items()))
        learner.take(lessons)
        learner.learn()
        version = learner.publish(at_ms)
        if version is not None:
            self.versions.append(version)
            self.parameters = RiskParameters.from_json(version.parameters, version.model_version)

    def _answers(self, at_ms: int) -> Iterator[Answer]:
        parameters = self.parameters
        for key, state in enumerate(self.states):
            stock = state.ledger.stock
            if stock > 0 and state.ledger.stock_known:
                risk = forecast(stock, state.demand, state.inbound.outstanding, at_ms, parameters)
                yield Answer(
                    key,
                    risk.probability,
                    risk.oos_ms,
                    risk.earliest_ms,
                    risk.latest_ms,
                    parameters.model_version,
                )
