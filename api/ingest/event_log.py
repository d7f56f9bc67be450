"""The way of accepted batches into Kafka: requests queue here, a thread writes them in groups.

Waiting requests share a transaction (group commit), so its cost, some milliseconds whatever it holds, is paid once for
all of them. A lone request does not wait for company: a group begins as soon as the one before is committed, but no
sooner than ``commit_interval`` after that one began.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaException

from api.deadlines import Deadlines
from api.health.metrics import BATCHES_UNWRITTEN, EVENT_TRANSACTION_BATCHES, EVENT_TRANSACTION_SECONDS
from api.ingest.transactions import Batch, NotWritten, OutcomeUnknown, TransactionWriter, Unwritten
from api.settings import Settings

MAX_GROUP_MESSAGES = 20_000
MAX_WAITING_BYTES = 64 * 1024 * 1024
IDLE_CHECK_S = 1.0
"""How often an idle writer asks Kafka whether it is there."""
RECONNECT_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Entry:
    """A batch on its way."""

    batch: Batch
    size: int
    outcome: asyncio.Future[Unwritten | None]
    """What became of the batch: ``None`` once it is committed, or why it is not. It may take as long as Kafka is away."""
    answer: asyncio.Future[Unwritten | None]
    """What can be said of it in time."""


class EventLog:
    """Writes batches, each whole or not at all. Of its event loop; one thread beside it."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.kafka_timeout
        self._timeout_s = settings.kafka_timeout.total_seconds()
        self._interval_s = settings.commit_interval.total_seconds()
        self._writer = TransactionWriter(
            settings.kafka_bootstrap,
            f"gateway-{settings.instance}",
            patience=settings.kafka_timeout,
            abandoned=self._is_abandoned,
        )
        self._thread = threading.Thread(target=self._run, name="event-log", daemon=True)
        self._lock = threading.Condition()
        # what the lock guards
        self._waiting: deque[Entry] = deque()
        self._waiting_bytes = 0
        self._closed_at: float | None = None
        # written by the thread only
        self._answering = False
        self._busy_since: float | None = None
        self._ready = asyncio.Event()

    async def open(self) -> None:
        """Start; waits for Kafka for up to ``kafka_timeout``, and goes on looking for it after that."""
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._timeout, self._give_up)
        self._thread.start()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._ready.wait()
        except TimeoutError:
            log.warning("kafka is away at the start")

    async def close(self) -> None:
        """Write what waits, for up to ``kafka_timeout``, and stop."""
        with self._lock:
            self._closed_at = time.monotonic()
            self._lock.notify()
        await asyncio.to_thread(self._thread.join, self._timeout_s + 2 * IDLE_CHECK_S)

    @property
    def healthy(self) -> bool:
        """Whether a batch that comes now can be expected to be written in time."""
        busy_since = self._busy_since
        return self._answering and (busy_since is None or time.monotonic() - busy_since < self._timeout_s)

    def submit(self, batch: Batch) -> Entry:
        """Queue a batch. Raises `NotWritten` where it would take too much memory."""
        entry = Entry(batch, batch.bytes, self._loop.create_future(), self._loop.create_future())
        with self._lock:
            if self._closed_at is not None:
                raise NotWritten("This process is ending.")
            if self._waiting_bytes + entry.size > MAX_WAITING_BYTES:
                raise NotWritten("Too many events wait to be written.")
            self._waiting.append(entry)
            self._waiting_bytes += entry.size
            self._lock.notify()
        return entry

    async def written(self, entry: Entry) -> None:
        """Return once the batch is committed. Raises `Unwritten` if it is not, or not known to be in time."""
        self._deadlines.add(entry)
        # for one who gives up here it stays: the batch is then withdrawn in its time
        outcome = await entry.answer
        self._deadlines.remove(entry)
        if outcome is not None:
            # a copy: requests share it, and each would add its stack to it
            raise type(outcome)(*outcome.args)

    def _give_up(self, entry: Entry) -> None:
        if self._withdraw(entry):
            self._settle((entry,), (NotWritten("Kafka did not answer in time."),))
        elif not entry.answer.done():
            entry.answer.set_result(OutcomeUnknown("Kafka did not confirm the commit in time."))

    def _withdraw(self, entry: Entry) -> bool:
        """Take a batch back, if no transaction has it yet."""
        with self._lock:
            try:
                self._waiting.remove(entry)
            except ValueError:
                return False
            self._waiting_bytes -= entry.size
            return True

    def _settle(self, group: Sequence[Entry], outcomes: Sequence[Unwritten | None]) -> None:
        for entry, outcome in zip(group, outcomes, strict=True):
            entry.outcome.set_result(outcome)
            if not entry.answer.done():
                entry.answer.set_result(outcome)

    # all below runs in the thread

    def _run(self) -> None:
        while not self._is_finished():
            if not self._writer.connected:
                self._connect()
            elif not self._wait():
                self._set_answering(self._writer.answers())
            else:
                began = time.monotonic()
                self._write(self._take())
                time.sleep(max(0.0, began + self._interval_s - time.monotonic()))

    def _connect(self) -> None:
        try:
            self._writer.connect()
        except KafkaException as error:
            log.error("no producer", reason=error.args[0].str())
            time.sleep(RECONNECT_S)
        else:
            self._set_answering(True)
            self._in_loop(self._ready.set)

    def _wait(self) -> bool:
        """Whether something waits, now or within ``IDLE_CHECK_S``."""
        with self._lock:
            return bool(self._waiting) or (self._lock.wait(IDLE_CHECK_S) and bool(self._waiting))

    def _take(self) -> list[Entry]:
        group: list[Entry] = []
        messages = 0
        with self._lock:
            while self._waiting and messages < MAX_GROUP_MESSAGES:
                entry = self._waiting.popleft()
                self._waiting_bytes -= entry.size
                messages += len(entry.batch.messages)
                group.append(entry)
        return group

    def _write(self, group: Sequence[Entry]) -> None:
        self._busy_since = began = time.monotonic()
        outcomes = self._outcomes([entry.batch for entry in group])
        self._busy_since = None
        EVENT_TRANSACTION_SECONDS.observe(time.monotonic() - began)
        EVENT_TRANSACTION_BATCHES.observe(len(group))
        for outcome in outcomes:
            if outcome is not None:
                BATCHES_UNWRITTEN.labels(type(outcome).__name__).inc()
        if not self._writer.connected:
            self._set_answering(False)
        self._in_loop(self._settle, group, outcomes)

    def _outcomes(self, batches: Sequence[Batch]) -> list[Unwritten | None]:
        try:
            return self._writer.write(batches)
        except Exception:
            # a mistake of ours; the thread must outlive it, or nothing would ever be written again
            log.exception("the writer failed")
            self._writer.disconnect()
            return [OutcomeUnknown("The event log failed.") for _ in batches]

    def _set_answering(self, answering: bool) -> None:
        if answering != self._answering:
            log.info("kafka answers" if answering else "kafka is away")
        self._answering = answering

    def _in_loop(self, call: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:
            # the loop is closed: we outlived close()
            pass

    def _is_finished(self) -> bool:
        return self._closed_at is not None and (not self._waiting or self._is_abandoned())

    def _is_abandoned(self) -> bool:
        """Whether to leave Kafka alone, since the process wants to end."""
        return self._closed_at is not None and time.monotonic() > self._closed_at + self._timeout_s
