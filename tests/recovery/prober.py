"""Someone who sells one unit after the other, and asks all the time what is known of it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle

import httpx
from recovery.oracle import COUNTED, Event
from recovery.shop import Shop, is_honest
from recovery.verdict import UNANSWERED, Answer, Sales, Shown

PROBES = tuple(f"PROBE-{number}" for number in range(5))
"""SKUs of which every answer differs from the one before: their stock falls, and with it the time that is left."""
COUNT = 1_200
SOLD_BEFORE = 192
"""One each half hour of the last four days: 48 a day, so what is left lasts for some three weeks."""
SELL_EVERY_S = 0.6
ASK_EVERY_S = 0.2
LOOK_EVERY_S = 1.0
TIMEOUT_S = 3.0
UNAVAILABLE = frozenset({503})
ON_THE_WAY = ("kafka", "redis", "flink", "risk_job", "feature_writer", "online_store", "predictions")
"""What the status tells of that a sale passes on its way into an answer."""


class Prober:
    """Sells, asks, and looks at the status, each in a thread of its own."""

    def __init__(self, url: str, shop: Shop) -> None:
        self._shop = shop
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.turn = threading.Lock()
        """Held while a sale is on its way."""
        self._answers: list[Answer] = []
        self._degraded: list[float] = []
        self._sold: dict[str, list[float]] = {sku: [] for sku in PROBES}
        self.failure: Exception | None = None
        """What ended one of the threads: without it nothing that is seen proves anything."""
        self._threads = [
            threading.Thread(target=self._kept, args=(target,), name=target.__name__, daemon=True)
            for target in (self._sell, self._ask, self._look)
        ]

    def open(self) -> None:
        """Tell what was sold before."""
        for sku in PROBES:
            self._shop.post([*_history(sku)])

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._http.close()

    def ask(self, sku: str) -> Answer:
        """What the API says of a SKU now."""
        began, answer = time.time(), None
        try:
            path = f"/v1/stock/alerts?sku={sku}&threshold=0"
            answer = self._http.get(path, headers=self._shop.token.header())
        except httpx.HTTPError:
            return Answer(sku, began, time.time(), UNANSWERED)
        ended = time.time()
        if answer.status_code != 200:
            return Answer(sku, began, ended, answer.status_code, is_honest(answer, UNAVAILABLE))
        try:
            return _read(answer, sku, began, ended)
        except (ValueError, LookupError, TypeError):
            return Answer(sku, began, ended, 200, honest=False)

    def answers(self, begin: float, end: float) -> list[Answer]:
        """What was asked between two moments, oldest first."""
        with self._lock:
            return [each for each in self._answers if begin <= each.began < end]

    def degraded(self) -> list[float]:
        """When the status said that something on the way is not as it should be, or did not come."""
        with self._lock:
            return [*self._degraded]

    def sales(self) -> dict[str, Sales]:
        """What was sold since the start."""
        with self._lock:
            return {sku: Sales(COUNT - SOLD_BEFORE, [*sold]) for sku, sold in self._sold.items()}

    def _kept(self, target: Callable[[], None]) -> None:
        try:
            target()
        except Exception as error:
            self.failure = error

    def _sell(self) -> None:
        for sku in self._in_turn(SELL_EVERY_S):
            with self.turn:
                # an adjustment, since a sale would also raise the demand, and in the end an alert
                at = self._shop.post([Event.new("stock.adjusted", sku, -1)])
                with self._lock:
                    self._sold[sku].append(at)

    def _ask(self) -> None:
        for sku in self._in_turn(ASK_EVERY_S):
            answer = self.ask(sku)
            with self._lock:
                self._answers.append(answer)

    def _look(self) -> None:
        for _ in self._in_turn(LOOK_EVERY_S):
            if not self._is_well():
                with self._lock:
                    self._degraded.append(time.time())

    def _is_well(self) -> bool:
        try:
            told = self._http.get("/v1/status").json()["dependencies"]
            return all(told[name]["status"] == "ok" for name in ON_THE_WAY)
        except (httpx.HTTPError, ValueError, LookupError):
            return False

    def _in_turn(self, every_s: float) -> Iterator[str]:
        for sku in cycle(PROBES):
            if self._stopped.wait(every_s):
                return
            yield sku


def _history(sku: str) -> Iterator[Event]:
    begin = datetime.now(UTC) - timedelta(days=4, minutes=10)
    yield Event.new(COUNTED, sku, COUNT, begin)
    for number in range(1, SOLD_BEFORE + 1):
        yield Event.new("order.created", sku, 1, begin + number * timedelta(minutes=30))


def _read(answer: httpx.Response, sku: str, began: float, ended: float) -> Answer:
    """Raises ``ValueError``, ``LookupError`` or ``TypeError`` where it is not what the API promises."""
    fresh_at, age = answer.headers.get("Aurora-Fresh-At"), answer.headers.get("Age")
    return Answer(
        sku,
        began,
        ended,
        200,
        shown=tuple(_shown(row) for row in answer.json()),
        fresh_at=None if fresh_at is None else datetime.fromisoformat(fresh_at).timestamp(),
        age_s=None if age is None else int(age),
    )


def _shown(row: dict[str, object]) -> Shown:
    oos = row["predicted_oos_at"]
    at = None if oos is None else int(datetime.fromisoformat(str(oos)).timestamp())
    return float(str(row["probability"])), at


def eventually(holds: Callable[[], bool], limit_s: float, what: str, every_s: float = 0.1) -> None:
    """Wait until something holds. Raises ``TimeoutError`` where it does not in time."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {limit_s:.0f} s")
        time.sleep(every_s)
