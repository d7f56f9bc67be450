"""Topics as Kafka has them, against `schemas.topics`: what differs, and making it so."""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from schemas.topics import Topic

TIMEOUT_S = 10.0

Answer = TypeVar("Answer")


class TopicsUnavailable(Exception):
    """Kafka did not answer, or refused; the message is its reason in one line."""


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
    return _states(_admin(bootstrap), names)


def ensure(bootstrap: str, wanted: Collection[Topic]) -> list[str]:
    """Create missing topics, mend settings and add partitions; returns the names of those created.

    Never removes anything, so too many partitions stay. Raises `TopicsUnavailable`.
    """
    admin = _admin(bootstrap)
    found = _states(admin, [topic.name for topic in wanted])
    missing = [topic for topic in wanted if topic.name not in found]
    if missing:
        _create(admin, missing)
    for topic in wanted:
        if topic.name in found:
            _mend(admin, topic, found[topic.name])
    return [topic.name for topic in missing]


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})


def _states(admin: AdminClient, names: Collection[str]) -> dict[str, TopicState]:
    try:
        known = admin.list_topics(timeout=TIMEOUT_S).topics
    except KafkaException as error:
        raise TopicsUnavailable(_reason(error)) from error
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names if name in known]
    if not resources:
        return {}
    described = admin.describe_configs(resources, request_timeout=TIMEOUT_S)
    configs = {resource.name: _result(future) for resource, future in described.items()}
    return {
        name: TopicState(len(known[name].partitions), {entry.name: entry.value for entry in config.values()})
        for name, config in configs.items()
    }


def _create(admin: AdminClient, missing: Collection[Topic]) -> None:
    new = [NewTopic(each.name, num_partitions=each.partitions, config=each.config) for each in missing]
    for future in admin.create_topics(new, operation_timeout=TIMEOUT_S).values():
        try:
            _result(future)
        except TopicsUnavailable as error:
            # another process was quicker
            if not _already_exists(error):
                raise


def _mend(admin: AdminClient, topic: Topic, state: TopicState) -> None:
    if state.partitions < topic.partitions:
        for future in admin.create_partitions([NewPartitions(topic.name, topic.partitions)]).values():
            _result(future)
    wrong = {name: value for name, value in topic.config.items() if state.config.get(name) != value}
    if wrong:
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in wrong.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries)
        for future in admin.incremental_alter_configs([resource]).values():
            _result(future)


def _result(future: "Future[Answer]") -> Answer:
    try:
        return future.result(TIMEOUT_S)
    except (KafkaException, TimeoutError) as error:
        raise TopicsUnavailable(_reason(error)) from error


def _already_exists(error: TopicsUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, KafkaException) and cause.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS


def _reason(error: KafkaException | TimeoutError) -> str:
    return str(error.args[0].str()) if isinstance(error, KafkaException) else "no answer in time"
