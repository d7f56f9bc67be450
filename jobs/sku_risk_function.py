"""The keyed operator around `udfs.sku_risk`: it brings state, clock, settings and parameters, and knows no model."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from time import time_ns
from typing import Any

from pyflink.common import Types
from pyflink.datastream.functions import KeyedBroadcastProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueStateDescriptor

from jobs.broadcasts import BroadcastState, Changed, Models, TenantSettings
from jobs.event_clock import EventClock
from jobs.metrics import RiskMetrics
from jobs.operator_log import operator_log
from jobs.suppressions import KeysAtStake, Suppressions
from jobs.wake_ups import WakeUps
from jobs.watched_keys import WatchedKeys
from schemas import topics
from schemas.encoding import UnreadableMessage, encoder
from udfs import alerting, sku_risk, sku_state
from udfs.alert_rules import is_closed, rule_for
from udfs.combined import Combined
from udfs.lessons import FORGET, Lessons
from udfs.refresh import next_refresh_ms
from udfs.risk_parameters import RiskParameters

# typed as a primitive array, bytes cross to the JVM as they are; any other type would pickle them first
_BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
KEY_TYPE = Types.STRING()
RECORD_TYPE = Types.TUPLE([_BYTES, _BYTES])
"""A Kafka record: key and value."""
OUTCOME_TYPE = Types.TUPLE([Types.STRING(), _BYTES, _BYTES])
"""Where a record goes, its key and its value. There are no side outputs, because PyFlink 2.3.0 in thread mode passes
those of a timer on as if they were plain rows, and the job fails."""

LESSONS = "lessons"
"""Destination of lessons of one SKU, packed, under the tenant as key; other destinations are names of topics."""

# pickled, because Flink's own array type for state costs more than all of the model
SKU_STATE = ValueStateDescriptor("sku", Types.PICKLED_BYTE_ARRAY())

Outcome = tuple[str, bytes, bytes]


class SkuRiskFunction(KeyedBroadcastProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """Combined events (sku_key, book) to records of predictions, alerts and lessons.

    Broadcast beside them are records of the topics ``settings``, ``models`` and ``suppressions`` (key, value, topic,
    partition, offset); what cannot be read of these becomes a dead letter.
    """

    def __init__(self, refresh: timedelta, state_version: int = sku_state.VERSION) -> None:
        self._refresh_ms = refresh // timedelta(milliseconds=1)
        self._state_version = state_version

    def open(self, context: RuntimeContext) -> None:
        """Bind to this subtask; called before the first element and after each recovery."""
        self._state = context.get_state(SKU_STATE)
        self._metrics = RiskMetrics(context.get_metrics_group())
        self._settings = TenantSettings(operator_log("settings").warning)
        self._models = Models(operator_log("models").warning)
        self._suppressions = Suppressions(operator_log("suppressions").warning)
        self._at_stake = KeysAtStake()
        self._clock = EventClock()
        self._wake_ups = WakeUps(context, SKU_STATE.get_name())
        self._watched = WatchedKeys()
        self._knows_all_keys = False
        self._encode_prediction = encoder(topics.PREDICTIONS.schema)
        self._encode_alert = encoder(topics.ALERTS.schema)
        self._encode_dead_letter = encoder(topics.DEAD_LETTERS.schema)

    def process_element(self, row: Any, context: Any) -> Iterator[Outcome]:
        """Fold a row of events into its key's state, and say what that means for the risk."""
        key = row[0]
        if self._is_closed(key, context):
            yield self._forgotten(key)
            return
        packed = self._state.value()
        now_ms = context.timer_service().current_processing_time()
        if packed is None:
            state = sku_state.SkuState()
            context.timer_service().register_processing_time_timer(
                next_refresh_ms(key, now_ms, self._refresh_ms)
            )
        else:
            state = sku_state.unpack(packed)
        combined = Combined.unpack(row[1])
        tenant_id = _tenant_of(key)
        self._clock.heard(tenant_id, combined.newest_occurred_ms, now_ms)
        parameters = self._models.of(tenant_id, context.get_broadcast_state)
        yield from _taught(tenant_id, sku_risk.fold(state, combined, parameters))
        yield from self._assess(state, key, now_ms, parameters, combined.oldest_received_ms, context)

    def on_timer(self, timestamp: int, context: Any) -> Iterator[Outcome]:
        """Look at a key again though nothing happened to it, and come back after the next period."""
        key = context.get_current_key()
        packed = self._state.value()
        if packed is None:
            # forgotten by an earlier timer
            return
        if self._is_closed(key, context):
            yield self._forgotten(key)
            return
        now_ms = context.timer_service().current_processing_time()
        context.timer_service().register_processing_time_timer(next_refresh_ms(key, now_ms, self._refresh_ms))
        state = sku_state.unpack(packed)
        tenant_id = _tenant_of(key)
        parameters = self._models.of(tenant_id, context.get_broadcast_state)
        passed_minute = self._clock.passed_minute(tenant_id)
        if passed_minute is not None:
            yield from _taught(tenant_id, sku_risk.pass_time(state, passed_minute, parameters))
        yield from self._assess(state, key, now_ms, parameters, None, context)

    def process_broadcast_element(self, row: Any, context: Any) -> Iterator[Outcome]:
        """Take a change of settings, models or suppressions in.

        Keys whose alert changes by a setting or by the list of suppressed SKUs follow within seconds; else keys follow at
        their next event or refresh.
        """
        key, value, topic, partition, offset = row
        key, value = bytes(key or b""), None if value is None else bytes(value)
        state = context.get_broadcast_state
        try:
            match topic:
                case topics.MODELS.name:
                    self._models.change(state, key, value)
                case topics.SUPPRESSIONS.name:
                    self._wake_ups.wake(self._at_stake.of(self._suppressions.change(state, key, value)))
                case _:
                    self._wake_those_concerned(self._settings.change(state, key, value), state)
        except UnreadableMessage as problem:
            yield self._dead_letter(problem, value, topic, partition, offset)

    def _wake_those_concerned(self, changed: Changed, state: BroadcastState) -> None:
        """Look soon at each key whose alert changes by a setting, however quiet it is."""
        if not self._knows_all_keys:
            # after a recovery some have not been heard of yet
            self._watched.add(self._wake_ups.keys())
            self._knows_all_keys = True
        watched, settings = self._watched, self._settings.by_key(state)
        concerned = watched.at(changed.tenant_id, changed.level)
        if changed.is_of_thresholds:
            concerned = (key for key in concerned if watched.would_change(key, rule_for(key, settings)))
        self._wake_ups.wake([*concerned])

    def _is_closed(self, key: str, context: Any) -> bool:
        return is_closed(_tenant_of(key), self._settings.by_key(context.get_broadcast_state))

    def _forgotten(self, key: str) -> Outcome:
        """The tenant is no more: nothing is kept of the current key, no timer set for it, and the learner told so."""
        self._state.clear()
        self._watched.forget(key)
        self._at_stake.assessed(key, at_stake=False)
        return LESSONS, _tenant_of(key).encode(), FORGET

    def _assess(
        self,
        state: sku_state.SkuState,
        key: str,
        now_ms: int,
        parameters: RiskParameters,
        received_ms: int | None,
        context: Any,
    ) -> Iterator[Outcome]:
        told = context.get_broadcast_state
        rule = rule_for(key, self._settings.by_key(told))
        suppressed = self._suppressions.is_suppressed(key, now_ms, told)
        found = sku_risk.assess(state, key, now_ms, parameters, rule, received_ms, suppressed=suppressed)
        self._state.update(sku_state.pack(state, self._state_version))
        if found.chance is not None:
            in_force = alerting.in_force_since(state.alert) is not None
            self._watched.assessed(key, found.chance, in_force)
            # but for the list there would be one
            kept_back = suppressed and found.chance >= rule.threshold
            self._at_stake.assessed(key, in_force or kept_back)
        record_key = key.encode()
        if found.prediction is not None:
            self._metrics.predicted(now_ms, received_ms)
            yield topics.PREDICTIONS.name, record_key, self._encode_prediction(found.prediction)
        if found.alert is not None:
            self._metrics.alerted(found.alert["change"])
            yield topics.ALERTS.name, record_key, self._encode_alert(found.alert)

    def _dead_letter(
        self, problem: UnreadableMessage, value: bytes | None, topic: str, partition: int, offset: int
    ) -> Outcome:
        letter = {
            "topic": topic,
            "partition": partition,
            "offset": offset,
            "reason": problem.reason,
            "detail": problem.detail,
            "value": value,
            # thread mode lacks the clock of a broadcast context (PyFlink 2.3.0)
            "failed_at": time_ns() // 1_000_000,
        }
        place = f"{topic}-{partition}-{offset}"
        return topics.DEAD_LETTERS.name, place.encode(), self._encode_dead_letter(letter)


def _tenant_of(key: str) -> str:
    return key.partition("|")[0]


def _taught(tenant_id: str, lessons: Lessons) -> Iterator[Outcome]:
    if lessons.labels or lessons.steps:
        yield LESSONS, tenant_id.encode(), lessons.pack()
