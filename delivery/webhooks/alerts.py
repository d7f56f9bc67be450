"""Alerts from Kafka into the outbox, each exactly once: their offsets are in the same transaction."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import Message as Received
from confluent_kafka import TopicPartition

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.webhooks import messages
from api.webhooks.messages import Message
from delivery.webhooks import outbox
from delivery.webhooks.outbox import Position
from schemas import topics
from schemas.encoding import UnreadableMessage, decoder

T = TypeVar("T")

log = structlog.get_logger(__name__)

GROUP = "webhooks"
KAFKA_ANSWERS_WITHIN_S = 5.0
AGAIN_S = 1.0
MOST_ALERTS = 200
"""Of one transaction: they may be for many webhooks each."""
LINGER_S = 0.1


class Alerts:
    """Reads every partition; commits to Kafka only show the progress to those who watch the group."""

    def __init__(
        self, bootstrap: str, database: Database, arrived: Callable[[Collection[str]], None]
    ) -> None:
        """``arrived`` is told the webhooks for which there is something new."""
        self._database = database
        self._arrived = arrived
        # one, so that the consumer is never closed while it is asked
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alerts")
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": GROUP,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 100,
            },
            logger=logging.getLogger("kafka"),
        )

    async def run(self) -> None:
        """Until it is cancelled; what does not answer is waited for."""
        try:
            await self._place()
            while True:
                found = await self._in_thread(self._consumer.consume, MOST_ALERTS, LINGER_S)
                if alerts := [one for one in found if _is_alert(one)]:
                    await self._take(alerts)
        finally:
            await self._in_thread(self._consumer.close)
            self._thread.shutdown(wait=False)

    async def _place(self) -> None:
        """Read on where the outbox ends. Alerts from before webhooks were first delivered are not told."""
        while True:
            try:
                async with self._database.transaction() as session:
                    known = await outbox.offsets(session, topics.ALERTS.name)
                new = await self._in_thread(self._ends, known)
                async with self._database.transaction() as session:
                    await outbox.advance(session, new)
            except (KafkaException, *UNANSWERED) as error:
                log.warning("alerts cannot be read yet", error=str(error))
                await asyncio.sleep(AGAIN_S)
            else:
                places = {**known, **new}
                log.info(
                    "reading on", positions={f"{topic}-{part}": at for (topic, part), at in places.items()}
                )
                self._consumer.assign([TopicPartition(*position, at) for position, at in places.items()])
                return

    def _ends(self, known: Collection[Position]) -> dict[Position, int]:
        """Blocks; the ends of the partitions that are new. Raises ``KafkaException``."""
        name = topics.ALERTS.name
        topic = self._consumer.list_topics(name, timeout=KAFKA_ANSWERS_WITHIN_S).topics[name]
        if topic.error is not None:
            raise KafkaException(topic.error)
        ends = {}
        for partition in topic.partitions:
            if (name, partition) not in known:
                place = TopicPartition(name, partition)
                marks = self._consumer.get_watermark_offsets(place, timeout=KAFKA_ANSWERS_WITHIN_S)
                if marks is None:
                    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
                ends[name, partition] = marks[1]
        return ends

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def _take(self, alerts: Collection[Received]) -> None:
        told = list(_messages(alerts))
        ends = {(str(one.topic()), int(one.partition() or 0)): int(one.offset() or 0) + 1 for one in alerts}
        while True:
            try:
                async with self._database.transaction() as session:
                    # first the deliveries: on SQLite the transaction is the only one from its beginning anyway
                    for_webhooks = await outbox.put(session, told, utc_now())
                    await outbox.advance(session, ends)
            except UNANSWERED as error:
                log.warning("alerts not taken, trying again", error=f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(AGAIN_S)
            else:
                break
        self._arrived(for_webhooks)
        self._show_progress(ends)

    def _show_progress(self, ends: dict[Position, int]) -> None:
        done = [TopicPartition(*position, at) for position, at in ends.items()]
        try:
            self._consumer.commit(offsets=done, asynchronous=True)
        except KafkaException as error:
            # the outbox knows better anyway
            log.warning("offsets not committed", error=str(error))


def _is_alert(message: Received) -> bool:
    error = message.error()
    if error is None:
        return True
    # a consumer that cannot go on says so once, by a message whose error is not itself marked as fatal
    if error.fatal() or error.code() == KafkaError._FATAL:
        raise KafkaException(error)
    # such as a broker that is away: the client keeps trying by itself
    log.warning("kafka", error=str(error))
    return False


def _messages(alerts: Iterable[Received]) -> Iterable[Message]:
    read = decoder(topics.ALERTS.schema)
    for alert in alerts:
        try:
            yield messages.of_alert(read(alert.value()))
        except UnreadableMessage as error:
            # the online feature writer reads the same topic and keeps it as a dead letter
            log.warning("unreadable alert", offset=alert.offset(), reason=error.reason, detail=error.detail)
        except ValueError as error:
            log.warning("alert of no tenant", offset=alert.offset(), detail=str(error))
