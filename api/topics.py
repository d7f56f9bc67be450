"""Topics as Kafka has them, against `schemas.topics`: what differs, and making it so. Its functions block."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from schemas.topics import Topic

TIMEOUT_S = 10.0

Answer = TypeVar("Answer")


class TopicsUnavailable(Exception):
    """Kafka did not answer, or refused; the message is its reason in one line."""


class KeysWouldMove(TopicsUnavailable):
    """A topic with too few partitions holds records: in more of them a key would go to another than its earlier ones."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as Kafka has it; ``config`` holds every setting, defaults too."""

    partitions: int
    config: Mapping[str, str]


def difference(topic: Topic, state: TopicState | None) -> Iterator[str]:
    """Each way in which the topic is not as defined, in a few words."""
    if state is None:
        yield "does not exist"
        return
    if state.partitions != topic.partitions:
        yield f"has {state.partitions} partitions, not {topic.partitions}"
    for name, value in topic.config.items():
        if state.config.get(name) != value:
            yield f"has {name}={state.config.get(name)}, not {value}"


def states(bootstrap: str, names: Collection[str]) -> dict[str, TopicState]:
    """Those of the named topics that exist. Raises `TopicsUnavailable`."""
    return _states(admin_client(bootstrap), names)


def ensure(bootstrap: str, wanted: Collection[Topic]) -> list[str]:
    """Create missing topics, mend settings, add partitions to empty topics; returns the names of those created.

    Never removes anything, so too many partitions stay. Raises `TopicsUnavailable`, or `KeysWouldMove` before anything
    is changed.
    """
    admin = admin_client(bootstrap)
    found = _states(admin, [topic.name for topic in wanted])
    missing = [topic for topic in wanted if topic.name not in found]
    for topic in wanted:
        if topic.name in found and found[topic.name].partitions < topic.partitions:
            _refuse_unless_empty(admin, topic, found[topic.name].partitions)
    if missing:
        _create(admin, missing)
    for topic in wanted:
        if topic.name in found:
            _mend(admin, topic, found[topic.name])
    return [topic.name for topic in missing]


def remove(bootstrap: str, name: str) -> bool:
    """Remove a topic with all that it holds; whether it was there. Raises `TopicsUnavailable`."""
    # held on to: its futures end with it
    admin = admin_client(bootstrap)
    (future,) = admin.delete_topics([name], operation_timeout=TIMEOUT_S).values()
    try:
        result(future)
    except TopicsUnavailable as error:
        if _code(error) != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        return False
    return True


def admin_client(bootstrap: str) -> AdminClient:
    """A client for administration that keeps its complaints to itself."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def result(future: "Future[Answer]") -> Answer:
    """What an administrative request gave. Raises `TopicsUnavailable`."""
    try:
        return future.result(TIMEOUT_S)
    except (KafkaException, TimeoutError) as error:
        raise TopicsUnavailable(_reason(error)) from error


def _states(admin: AdminClient, names: Collection[str]) -> dict[str, TopicState]:
    try:
        known = admin.list_topics(timeout=TIMEOUT_S).topics
    except KafkaException as error:
        raise TopicsUnavailable(_reason(error)) from error
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names if name in known]
    if not resources:
        return {}
    described = admin.describe_configs(resources, request_timeout=TIMEOUT_S)
    configs = {resource.name: result(future) for resource, future in described.items()}
    return {
        name: TopicState(len(known[name].partitions), {entry.name: entry.value for entry in config.values()})
        for name, config in configs.items()
    }


def _refuse_unless_empty(admin: AdminClient, topic: Topic, partitions: int) -> None:
    """Every topic of ours is keyed, and readers rely on a key's records coming from one partition, in order."""
    first = _offsets(admin, topic.name, partitions, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
    end = _offsets(admin, topic.name, partitions, OffsetSpec.latest())  # type: ignore[no-untyped-call]
    if first != end:
        raise KeysWouldMove(
            f"topic {topic.name} has {partitions} partitions, not {topic.partitions}, and holds records: more would "
            "part them from later records of the same key; move them to a new topic"
        )


def _offsets(admin: AdminClient, name: str, partitions: int, spec: OffsetSpec) -> dict[int, int]:
    wanted = {TopicPartition(name, number): spec for number in range(partitions)}
    found = admin.list_offsets(wanted, request_timeout=TIMEOUT_S)
    return {place.partition: result(future).offset for place, future in found.items()}


def _create(admin: AdminClient, missing: Collection[Topic]) -> None:
    new = [NewTopic(each.name, num_partitions=each.partitions, config=each.config) for each in missing]
    for future in admin.create_topics(new, operation_timeout=TIMEOUT_S).values():
        try:
            result(future)
        except TopicsUnavailable as error:
            # another process was quicker
            if _code(error) != KafkaError.TOPIC_ALREADY_EXISTS:
                raise


def _mend(admin: AdminClient, topic: Topic, state: TopicState) -> None:
    if state.partitions < topic.partitions:
        for future in admin.create_partitions([NewPartitions(topic.name, topic.partitions)]).values():
            result(future)
    wrong = {name: value for name, value in topic.config.items() if state.config.get(name) != value}
    if wrong:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in wrong.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries)
        for future in admin.incremental_alter_configs([resource]).values():
            result(future)


def _code(error: TopicsUnavailable) -> int | None:
    cause = error.__cause__
    return cause.args[0].code() if isinstance(cause, KafkaException) else None


def _reason(error: KafkaException | TimeoutError) -> str:
    return str(error.args[0].str()) if isinstance(error, KafkaException) else "no answer in time"
