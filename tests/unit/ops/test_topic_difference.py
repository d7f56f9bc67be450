"""What is said of a topic that is not as defined."""

from datetime import timedelta
from uuid import UUID

from ops.tenants import order_topics
from ops.topics import TopicState, difference
from schemas.topics import ALERTS, PREDICTIONS, orders

TENANT = UUID(int=1)


def state(config: dict[str, str], partitions: int = 4) -> TopicState:
    return TopicState(partitions, {"compression.type": "producer", **config})


def test_a_topic_as_defined_has_no_difference() -> None:
    assert list(difference(ALERTS, state(ALERTS.config))) == []


def test_an_absent_topic_is_said_to_be_absent() -> None:
    assert list(difference(ALERTS, None)) == ["does not exist"]


def test_every_difference_is_said() -> None:
    wrong = state({**PREDICTIONS.config, "cleanup.policy": "delete"}, partitions=1)
    assert list(difference(PREDICTIONS, wrong)) == [
        "has 1 partitions, not 4",
        "has cleanup.policy=delete, not compact",
    ]


def test_a_tenant_may_keep_its_events_for_7_to_30_days() -> None:
    fortnight = orders(TENANT, timedelta(days=14))
    (topic,) = order_topics([TENANT], {fortnight.name: state(fortnight.config)})
    assert topic == fortnight


def test_events_that_go_too_soon_are_a_difference() -> None:
    hour = orders(TENANT, timedelta(hours=1))
    found = {hour.name: state(hour.config)}
    (topic,) = order_topics([TENANT], found)
    assert list(difference(topic, found[hour.name])) == ["has retention.ms=3600000, not 604800000"]


def test_a_tenant_without_a_topic_is_to_get_one() -> None:
    assert order_topics([TENANT], {}) == [orders(TENANT)]
