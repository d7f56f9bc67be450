"""The keyed operator around `udfs.sku_risk`: it brings state, clock and settings, and knows nothing of the model."""

from collections.abc import Iterator
from datetime import timedelta
from time import time_ns
from typing import Any

from pyflink.common import Types
from pyflink.datastream import OutputTag
from pyflink.datastream.functions import KeyedBroadcastProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

from jobs.metrics import RiskMetrics
from schemas import topics
from schemas.encoding import UnreadableMessage, decoder, encoder
from udfs import sku_risk, sku_state
from udfs.combined import Combined
from udfs.refresh import next_refresh_ms
from udfs.risk import RiskParameters
from udfs.thresholds import threshold_for

# typed as a primitive array, bytes cross to the JVM as they are; any other type would pickle them first
_BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
KEY_TYPE = Types.STRING()
RECORD_TYPE = Types.TUPLE([_BYTES, _BYTES])
"""A Kafka record: key and value."""

ALERTS = OutputTag("alerts", RECORD_TYPE)
DEAD_LETTERS = OutputTag("dead-letters", RECORD_TYPE)

SETTINGS_STATE = MapStateDescriptor("settings", Types.STRING(), Types.DOUBLE())
"""Thresholds by the key of their message."""
# pickled, because Flink's own array type for state costs more than all of the model
SKU_STATE = ValueStateDescriptor("sku", Types.PICKLED_BYTE_ARRAY())

Record = tuple[bytes, bytes]
Output = Iterator[Record | tuple[OutputTag, Record]]


class SkuRiskFunction(KeyedBroadcastProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """Combined events (sku_key, book) and settings (key, value, partition, offset) to predictions, alerts, dead letters."""

    def __init__(self, refresh: timedelta) -> None:
        self._refresh_ms = refresh // timedelta(milliseconds=1)

    def open(self, context: RuntimeContext) -> None:
        """Bind to this subtask; called before the first element and after each recovery."""
        self._state = context.get_state(SKU_STATE)
        self._metrics = RiskMetrics(context.get_metrics_group())
        self._parameters = RiskParameters()
        # read from the broadcast state when first needed: after a recovery it holds what came before
        self._settings: dict[str, float] | None = None
        self._encode_prediction = encoder(topics.PREDICTIONS.schema)
        self._encode_alert = encoder(topics.ALERTS.schema)
        self._encode_dead_letter = encoder(topics.DEAD_LETTERS.schema)
        self._decode_settings = decoder(topics.SETTINGS.schema)

    def process_element(self, row: Any, context: Any) -> Output:
        """Fold a row of events into its key's state, and say what that means for the risk."""
        packed = self._state.value()
        now_ms = context.timer_service().current_processing_time()
        if packed is None:
            state = sku_state.SkuState()
            context.timer_service().register_processing_time_timer(
                next_refresh_ms(row[0], now_ms, self._refresh_ms)
            )
        else:
            state = sku_state.unpack(packed)
        combined = Combined.unpack(row[1])
        sku_risk.fold(state, combined, self._parameters)
        yield from self._assess(state, row[0], now_ms, combined.oldest_received_ms, context)

    def on_timer(self, timestamp: int, context: Any) -> Output:
        """Look at a key again though nothing happened to it, and come back after the next period."""
        key = context.get_current_key()
        now_ms = context.timer_service().current_processing_time()
        context.timer_service().register_processing_time_timer(next_refresh_ms(key, now_ms, self._refresh_ms))
        yield from self._assess(sku_state.unpack(self._state.value()), key, now_ms, None, context)

    def process_broadcast_element(self, row: Any, context: Any) -> Output:
        """Take a change of settings in; keys follow it at their next event or refresh."""
        key, value, partition, offset = row
        thresholds = self._thresholds(context)
        settings = context.get_broadcast_state(SETTINGS_STATE)
        name = bytes(key or b"").decode(errors="replace")
        if value is None:
            thresholds.pop(name, None)
            settings.remove(name)
            return
        try:
            threshold = self._decode_settings(bytes(value))["threshold"]
        except UnreadableMessage as problem:
            # thread mode lacks the clock of a broadcast context (PyFlink 2.3.0)
            now_ms = time_ns() // 1_000_000
            yield DEAD_LETTERS, self._dead_letter(problem, bytes(value), partition, offset, now_ms)
        else:
            thresholds[name] = threshold
            settings.put(name, threshold)

    def _assess(
        self, state: sku_state.SkuState, key: str, now_ms: int, received_ms: int | None, context: Any
    ) -> Output:
        threshold = threshold_for(key, self._thresholds(context))
        found = sku_risk.assess(state, key, now_ms, self._parameters, threshold, received_ms)
        self._state.update(sku_state.pack(state))
        record_key = key.encode()
        if found.prediction is not None:
            self._metrics.predicted(now_ms, received_ms)
            yield record_key, self._encode_prediction(found.prediction)
        if found.alert is not None:
            self._metrics.alerted(found.alert["change"])
            yield ALERTS, (record_key, self._encode_alert(found.alert))

    def _thresholds(self, context: Any) -> dict[str, float]:
        # kept beside the broadcast state: to fetch that for each row would cost as much as the model
        if self._settings is None:
            self._settings = dict(context.get_broadcast_state(SETTINGS_STATE).items())
        return self._settings

    def _dead_letter(
        self, problem: UnreadableMessage, value: bytes, partition: int, offset: int, failed_ms: int
    ) -> Record:
        letter = {
            "topic": topics.SETTINGS.name,
            "partition": partition,
            "offset": offset,
            "reason": problem.reason,
            "detail": problem.detail,
            "value": value,
            "failed_at": failed_ms,
        }
        return f"{topics.SETTINGS.name}-{partition}-{offset}".encode(), self._encode_dead_letter(letter)
