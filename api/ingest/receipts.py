"""Which batches with an Idempotency-Key are already in the log, so that a retry never writes twice.

The receipt of a batch is written in the batch's own transaction, so it exists exactly if the events do, even if this
process died before it could answer. Every process reads all receipts of the last 24 hours, and before it looks a key
up it waits until it has read everything that was in the topic when the request came, open transactions included.

What this does not cover: the same key sent to two processes within the same few milliseconds, before the first has
anything in the topic. A retry comes later than that.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from api.ingest.receipt_book import Receipt, ReceiptBook
from api.ingest.transactions import NotWritten, Unwritten
from api.settings import Settings
from schemas.encoding import UnreadableMessage
from schemas.topics import INGEST_RECEIPTS

KEPT = timedelta(hours=24)
FETCH_WAIT_MS = 20
"""How soon after the last receipt the consumer learns that there are no more; a keyed request waits for that."""
POLL_S = 0.2
READ_AT_ONCE = 1000
RETRY_S = 1.0

_KEPT_MS = int(KEPT.total_seconds() * 1000)

log = structlog.get_logger(__name__)


class KeyInUse(Exception):
    """Another request with the same idempotency key is still under way."""


class Claim:
    """The right to write under a key, while it lasts; ``receipt`` tells of an earlier batch under the key."""

    def __init__(self, receipt: Receipt | None) -> None:
        self.receipt = receipt
        self.outcome: asyncio.Future[Unwritten | None] | None = None
        """Set by the holder when a batch is on its way: nobody else gets the key before its outcome is known."""


class Receipts:
    """Reads the receipts. Of its event loop; one thread beside it."""

    def __init__(self, settings: Settings) -> None:
        self._bootstrap = settings.kafka_bootstrap
        self._instance = settings.instance
        self._timeout_s = settings.kafka_timeout.total_seconds()
        self._book = ReceiptBook()
        self._partition = TopicPartition(INGEST_RECEIPTS.name, 0)
        self._position = -1
        """All receipts before this offset are in the book."""
        self._claimed: dict[bytes, asyncio.Future[None]] = {}
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._look: asyncio.Task[int | None] | None = None
        self._next_look: asyncio.Task[int | None] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receipts", daemon=True)

    async def open(self) -> None:
        """Start to read; a claim waits until all is read."""
        self._loop = asyncio.get_running_loop()
        self._admin = self._new_admin()
        self._thread.start()

    async def close(self) -> None:
        """Stop."""
        self._closed.set()
        await asyncio.to_thread(self._thread.join, self._timeout_s)

    @asynccontextmanager
    async def claimed(self, tenant_id: UUID, key: str) -> AsyncIterator[Claim]:
        """Hold a key against all other requests with it; waits for those that had it before.

        Raises `KeyInUse` where one of those takes too long, `NotWritten` where Kafka does.
        """
        message_key = f"{tenant_id}|{key}".encode()
        try:
            async with asyncio.timeout(self._timeout_s):
                while (held := self._claimed.get(message_key)) is not None:
                    await asyncio.wait((held,))
                self._claimed[message_key] = self._loop.create_future()
        except TimeoutError:
            raise KeyInUse from None
        claim = None
        try:
            await self._catch_up()
            claim = Claim(self._book.get(message_key))
            yield claim
        finally:
            if claim is not None and claim.outcome is not None:
                claim.outcome.add_done_callback(lambda _: self._release(message_key))
            else:
                self._release(message_key)

    def _release(self, message_key: bytes) -> None:
        self._claimed.pop(message_key).set_result(None)

    async def _catch_up(self) -> None:
        """Return once every receipt that was in the topic at the call is in the book."""
        try:
            async with asyncio.timeout(self._timeout_s):
                end = await self._end()
                if end is None:
                    raise _unread()
                if self._position < end:
                    reached = self._loop.create_future()
                    self._waiting.append((end, reached))
                    await reached
        except TimeoutError:
            raise _unread() from None

    async def _end(self) -> int | None:
        """The topic's end, uncommitted messages included; ``None`` where Kafka does not answer.

        Those who ask while a look-up is under way share the next one.
        """
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._look_up(self._look))
        return await asyncio.shield(self._next_look)

    async def _look_up(self, previous: "asyncio.Task[int | None] | None") -> int | None:
        if previous is not None:
            await asyncio.wait((previous,))
        self._look, self._next_look = self._next_look, None
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # it lacks annotations
        answers = self._admin.list_offsets({self._partition: latest}, request_timeout=self._timeout_s)
        try:
            end: int = (await asyncio.wrap_future(answers[self._partition])).offset
        except KafkaException as error:
            log.warning("end of receipts unknown", reason=error.args[0].str())
            # the client goes on with the leader epoch from before a broker's restart, which the broker refuses for good
            self._admin = self._new_admin()
            return None
        return end

    def _new_admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self._bootstrap, "log_level": 0})

    def _wake(self) -> None:
        position = self._position
        for end, reached in self._waiting:
            if end <= position and not reached.done():
                reached.set_result(None)
        self._waiting = [(end, reached) for end, reached in self._waiting if not reached.done()]

    # all below runs in the thread

    def _run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": f"gateway-receipts-{self._instance}",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                # also tells of the markers that end a transaction, which are no messages
                "enable.partition.eof": True,
                "fetch.wait.max.ms": FETCH_WAIT_MS,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 0,
            }
        )
        try:
            self._start(consumer)
            while not self._closed.is_set():
                # to ask for many at once would wait until there are so many
                first = consumer.poll(POLL_S)
                if first is not None:
                    self._read([first, *consumer.consume(READ_AT_ONCE, timeout=0)])
        finally:
            consumer.close()

    def _start(self, consumer: Consumer) -> None:
        """Assign the partition, from the first receipt that still counts."""
        since = TopicPartition(self._partition.topic, 0, _now_ms() - _KEPT_MS)
        while not self._closed.is_set():
            try:
                consumer.assign(consumer.offsets_for_times([since], timeout=RETRY_S))
                return
            except KafkaException as error:
                log.warning("receipts cannot be read yet", reason=error.args[0].str())
                self._closed.wait(RETRY_S)

    def _read(self, messages: Sequence[Message]) -> None:
        position = self._position
        for message in messages:
            offset, error = message.offset(), message.error()
            if offset is None:
                # the client's own trouble with Kafka, which it gets over by itself
                continue
            if error is None:
                self._note(message)
                position = offset + 1
            elif error.code() == KafkaError._PARTITION_EOF:
                position = offset
        if position != self._position:
            self._book.forget_before(_now_ms() - _KEPT_MS)
            self._position = position
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:
                # the loop is closed: we outlived close()
                pass

    def _note(self, message: Message) -> None:
        try:
            receipt = Receipt.read(message.value())
        except UnreadableMessage as error:
            log.error("unreadable receipt", offset=message.offset(), reason=str(error))
        else:
            self._book.add(message.key() or b"", receipt)


def _unread() -> NotWritten:
    return NotWritten("The receipts of earlier requests could not be read in time.")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
