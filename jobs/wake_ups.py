"""Timers for keys of which no event came: what a broadcast message changes for them they learn at once.

Flink has ``applyToKeyedState`` for this; PyFlink 2.3.0 has not. In thread mode it holds the operator's own keyed state
backend, though, by which any key of the subtask can be made the current one, and a timer set for it. The timer then runs
like any other. What is reached for here are PyFlink's private names; ``tests/service/jobs/test_settings.py`` sees that
they are there.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from time import time_ns
from typing import Any

from pyflink.datastream.functions import RuntimeContext

SPREAD_MS = 1_500
"""Over so long many keys are woken, so that events are taken in between."""


class WakeUps:
    """The keys of a subtask that have a state of this name, and timers for them."""

    def __init__(self, context: RuntimeContext, state_name: str) -> None:
        backend = context.get_keyed_state_backend()
        self._backend = backend._keyed_state_backend
        self._context = backend._function_context
        self._state_name = state_name

    def keys(self) -> Iterator[str]:
        """Every key, from the state."""
        found = self._backend.getKeys(self._state_name, self._classes.namespace)
        rows = found.iterator()
        try:
            while rows.hasNext():
                yield rows.next().getField(0)
        finally:
            # RocksDB holds on to what it reads until then
            found.close()

    def wake(self, keys: Sequence[str]) -> None:
        """Let ``on_timer`` run for these keys, from now on. The current key is another after it."""
        now_ms = time_ns() // 1_000_000
        timers = self._context.timer_service()
        for place, key in enumerate(keys):
            row = self._classes.row.withPositions(1)
            row.setField(0, key)
            self._backend.setCurrentKey(row)
            timers.register_processing_time_timer(now_ms + 1 + place * SPREAD_MS // len(keys))

    @cached_property
    def _classes(self) -> "_Classes":
        return _Classes()


class _Classes:
    """Java's, which are there on a TaskManager only."""

    def __init__(self) -> None:
        from pemja import findClass

        self.row: Any = findClass("org.apache.flink.types.Row")
        self.namespace: Any = findClass("org.apache.flink.runtime.state.VoidNamespace").INSTANCE
