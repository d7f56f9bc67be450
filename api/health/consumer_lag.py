"""How far the readers of Kafka are behind, told over all tenants: topic names hold tenant ids."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, ClusterMetadata, OffsetSpec

# a topic and the number of a partition
Place = tuple[str, int]

LOG_CRITICAL = 2
EARLIEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # the library types all but these two
LATEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]
ANSWER_SECONDS = 1.5


class KafkaAway(Exception):
    """Kafka does not answer, or refuses to."""


class ConsumerLag:
    """Asks a cluster what it holds and how far its consumer groups have read."""

    def __init__(self, bootstrap: str) -> None:
        self._settings: dict[str, str | int | bool] = {
            "bootstrap.servers": bootstrap,
            "socket.timeout.ms": int(ANSWER_SECONDS * 1000),
            # what goes wrong is raised here; librdkafka would write every failed connection to stderr
            "log_level": LOG_CRITICAL,
        }
        self._admin = AdminClient({**self._settings})
        self._observers: dict[str, Consumer] = {}
        # calls that block are kept off the threads that others share
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-metadata")
        self._observing = ThreadPoolExecutor(1, thread_name_prefix="kafka-groups")
        # askers share one call: while Kafka is away, calls come faster than they end
        self._listing: asyncio.Future[ClusterMetadata] | None = None

    def close(self) -> None:
        """Give the threads back."""
        for threads in (self._thread, self._observing):
            threads.shutdown(wait=False, cancel_futures=True)

    async def partitions(self) -> Sequence[TopicPartition]:
        """Every partition of every topic; raises ``KafkaAway``."""
        if self._listing is None or self._listing.done():
            list_topics = partial(self._admin.list_topics, timeout=ANSWER_SECONDS)
            self._listing = asyncio.get_running_loop().run_in_executor(self._thread, list_topics)
            # it may fail after everyone who asked has given up
            self._listing.add_done_callback(_failure_seen)
        try:
            metadata = await asyncio.shield(self._listing)
        except KafkaException as error:
            raise KafkaAway(str(error)) from None
        return [
            TopicPartition(name, number)
            for name, topic in metadata.topics.items()
            for number in topic.partitions
        ]

    async def lag(self, group: str, reads: Callable[[str], bool]) -> int:
        """Offsets between what ``group`` has committed and the end, over all topics that it ``reads``.

        Markers of transactions count as well, so a group that has read everything may show a little more than nought.
        Raises ``KafkaAway``.
        """
        partitions = [partition for partition in await self.partitions() if reads(partition.topic)]
        if not partitions:
            return 0
        try:
            committed, starts, ends = await asyncio.gather(
                asyncio.get_running_loop().run_in_executor(
                    self._observing, self._committed, group, partitions
                ),
                self._offsets(partitions, EARLIEST),
                self._offsets(partitions, LATEST),
            )
        except KafkaException as error:
            raise KafkaAway(str(error)) from None
        return sum(max(0, end - max(committed.get(at, 0), starts[at])) for at, end in ends.items())

    def _committed(self, group: str, partitions: list[TopicPartition]) -> dict[Place, int]:
        """Where there is no commit it is a negative number. Blocks.

        It asks as a member of the group that reads nothing and so never joins it. An `AdminClient` would be meant for this, but
        its questions about groups end the whole process when Kafka was out of reach for a few seconds and comes back
        (librdkafka 2.16, confluentinc/librdkafka#4605).
        """
        if group not in self._observers:
            own = {"group.id": group, "enable.auto.commit": False}
            self._observers[group] = Consumer(self._settings | own)
        answer = self._observers[group].committed(partitions, timeout=ANSWER_SECONDS)
        return {(at.topic, at.partition): at.offset for at in answer}

    async def _offsets(self, partitions: Iterable[TopicPartition], which: OffsetSpec) -> dict[Place, int]:
        futures = self._admin.list_offsets(
            {partition: which for partition in partitions},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=ANSWER_SECONDS,
        )
        answers = await asyncio.gather(*map(asyncio.wrap_future, futures.values()))
        return {(at.topic, at.partition): answer.offset for at, answer in zip(futures, answers, strict=True)}


def _failure_seen(call: asyncio.Future[ClusterMetadata]) -> None:
    if not call.cancelled():
        call.exception()
