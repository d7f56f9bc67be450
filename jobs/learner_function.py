"""The keyed operator around `udfs.learner`: it brings state and clock, and knows nothing of what is learned."""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pyflink.common import Types
from pyflink.datastream.functions import KeyedCoProcessFunction, RuntimeContext
from pyflink.datastream.state import ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor

from jobs.event_clock import LATE_MINUTES
from jobs.metrics import LearnerMetrics
from jobs.operator_log import operator_log
from schemas import topics
from schemas.encoding import encoder
from schemas.model_keys import newest_key
from udfs import learner_state
from udfs.combined import MINUTE_MS
from udfs.grid import GRID_MINUTES
from udfs.learner import GRID_MS, Learner
from udfs.lessons import FORGET, Lessons
from udfs.refresh import next_refresh_ms
from udfs.snapshots import HORIZON_STEPS

LEARNER_STATE = ValueStateDescriptor("learner", Types.PICKLED_BYTE_ARRAY())
LESSONS_STATE = ListStateDescriptor("lessons", Types.PICKLED_BYTE_ARRAY())
"""Rows as they came since the learner was last written, so that one more does not read and write all of it."""
ORDERS_STATE = MapStateDescriptor("orders", Types.LONG(), Types.LONG())
"""Orders by hour since 1970 that the learner has not taken in yet."""

HOURS_A_STEP = GRID_MINUTES // 60

Record = tuple[bytes, bytes]


class LearnerFunction(KeyedCoProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """Lessons (tenant as bytes, packed) and orders (tenant, hour since 1970, orders) to records of the topic ``models``.

    Keyed by tenant. A timer runs only where labels wait; orders alone make no version.
    """

    def __init__(self, every: timedelta, refresh: timedelta) -> None:
        self._every_ms = every // timedelta(milliseconds=1)
        self._refresh_ms = refresh // timedelta(milliseconds=1)

    def open(self, context: RuntimeContext) -> None:
        """Bind to this subtask; called before the first element and after each recovery."""
        self._state = context.get_state(LEARNER_STATE)
        self._lessons = context.get_list_state(LESSONS_STATE)
        self._orders = context.get_map_state(ORDERS_STATE)
        self._metrics = LearnerMetrics(context.get_metrics_group())
        self._encode = encoder(topics.MODELS.schema)
        self._log = operator_log("learner")
        # the next timer of each tenant, so that not every row sets it anew
        self._due_ms: dict[str, int] = {}

    def process_element1(self, row: Any, context: Any) -> None:
        """Keep lessons until the timer; or nothing any more."""
        packed, tenant_id = bytes(row[1]), context.get_current_key()
        if packed == FORGET:
            self._forget(tenant_id)
            return
        self._lessons.add(packed)
        now_ms = context.timer_service().current_processing_time()
        if self._due_ms.get(tenant_id, now_ms) <= now_ms:
            self._come_back(tenant_id, now_ms, context)

    def process_element2(self, row: Any, context: Any) -> None:
        """Keep orders until the timer."""
        _, hour, orders = row
        known = self._orders.get(hour) if self._orders.contains(hour) else 0
        self._orders.put(hour, known + orders)

    def on_timer(self, timestamp: int, context: Any) -> Iterator[Record]:
        """Learn from what came since, and publish what changed by it."""
        tenant_id = context.get_current_key()
        now_ms = context.timer_service().current_processing_time()
        packed, lessons = self._state.value(), [*self._lessons.get()]
        if packed is None and not lessons:
            # forgotten since the timer was set
            return
        learner = Learner() if packed is None else learner_state.unpack(packed)
        learner.take(map(Lessons.unpack, lessons))
        if self._learn(learner, settled_grid(now_ms, self._refresh_ms)):
            yield from self._publish(learner, tenant_id, now_ms)
        self._lessons.clear()
        self._state.update(learner_state.pack(learner))
        if learner.waiting:
            self._come_back(tenant_id, now_ms, context)

    def _forget(self, tenant_id: str) -> None:
        self._state.clear()
        self._lessons.clear()
        self._orders.clear()
        self._due_ms.pop(tenant_id, None)

    def _learn(self, learner: Learner, until_grid: int) -> int:
        """Learn grid hour by grid hour, as a back-test does; returns the number of labels."""
        learned = 0
        orders = deque(sorted(self._orders.items()))
        for grid in sorted(grid for grid in learner.waiting if grid <= until_grid):
            before_hour = orders_known_before(grid)
            while orders and orders[0][0] < before_hour:
                learner.take_orders([orders[0]])
                self._orders.remove(orders.popleft()[0])
            champion, drift = learner.champion, learner.drift
            labels = learner.learn(grid)
            learned += labels
            self._metrics.learned(labels)
            if learner.champion != champion:
                self._metrics.champion_changed()
            if learner.drift is not drift:
                # after a drift the watch for the next begins with a new one
                self._metrics.drifted()
        return learned

    def _publish(self, learner: Learner, tenant_id: str, now_ms: int) -> Iterator[Record]:
        version = learner.publish(now_ms)
        if version is None:
            return
        self._log.info("Tenant %s: %s, %s", tenant_id, version.model_version, version.reason)
        self._metrics.published(tenant_id, version.scores["log_loss"])
        yield newest_key(tenant_id), self._encode(version.record(tenant_id))

    def _come_back(self, tenant_id: str, now_ms: int, context: Any) -> None:
        self._due_ms[tenant_id] = due_ms = next_refresh_ms(tenant_id, now_ms, self._every_ms)
        context.timer_service().register_processing_time_timer(due_ms)


def orders_known_before(grid: int) -> int:
    """The hour since 1970 up to which orders are taken in before the labels of a grid hour: until its day is over."""
    return (grid + HORIZON_STEPS) * HOURS_A_STEP


def settled_grid(now_ms: int, refresh_ms: int) -> int:
    """The newest grid hour of which no labels are to come any more, but for events that are late.

    Its day is over, each quiet SKU has been looked at since event time passed the day, and a minute was left for the way.
    """
    return (now_ms - refresh_ms - (LATE_MINUTES + 2) * MINUTE_MS) // GRID_MS - HORIZON_STEPS
