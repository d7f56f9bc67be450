"""Topics have the settings that Aurora relies on, and the page about them says the same."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import avro_files, topics
from schemas.topics import Topic

README = Path(avro_files.HERE / "README.md")
TENANT = UUID("3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa")


def test_a_topic_with_retention_deletes_what_is_older() -> None:
    assert topics.ALERTS.config == {
        "cleanup.policy": "delete",
        "retention.ms": str(30 * 24 * 3600 * 1000),
        "segment.ms": str(24 * 3600 * 1000),
        "max.message.bytes": str(1024 * 1024),
    }


def test_a_topic_without_retention_keeps_the_newest_of_each_key() -> None:
    assert topics.PREDICTIONS.config == {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.1",
        "segment.ms": "3600000",
        "max.message.bytes": str(1024 * 1024),
    }


def test_a_version_of_a_model_outlasts_its_successor_by_a_week() -> None:
    assert topics.MODELS.config == {
        **topics.PREDICTIONS.config,
        "min.compaction.lag.ms": str(7 * 24 * 3600 * 1000),
    }


def test_a_dead_letter_has_room_for_the_largest_message() -> None:
    assert topics.DEAD_LETTERS.max_message_bytes > topics.orders(TENANT).max_message_bytes


def test_a_tenants_topic_is_kept_as_long_as_its_settings_say() -> None:
    assert topics.orders(TENANT, timedelta(days=30)).config["retention.ms"] == str(30 * 24 * 3600 * 1000)


def test_shared_topics_have_names_of_their_own_and_no_tenants_name() -> None:
    names = [topic.name for topic in topics.SHARED]
    assert len(set(names)) == len(names)
    assert [name for name in names if topics.tenant_of(name)] == []


def test_every_contract_has_its_topic() -> None:
    assert sorted(topic.schema for topic in [topics.orders(TENANT), *topics.SHARED]) == avro_files.names()


@given(st.uuids())
def test_a_tenants_topic_tells_the_tenant(tenant: UUID) -> None:
    name = topics.orders(tenant).name
    assert re.fullmatch(topics.ORDERS_PATTERN, name)
    assert topics.tenant_of(name) == tenant


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "-orders",
        "acme-orders",
        f"{TENANT}",
        f"{TENANT}-orders-2",
        f"x{TENANT}-orders",
        f"{TENANT}-orders\n",
        f"{TENANT}-Orders",
        f"{str(TENANT).upper()}-orders",
        f"{TENANT.hex}-orders",
    ],
)
def test_other_names_are_no_tenants_topic(name: str) -> None:
    assert topics.tenant_of(name) is None


def test_the_readme_has_every_topic_as_it_is() -> None:
    rows = [line for line in README.read_text().splitlines() if line.startswith("| `")]
    orders = topics.orders(TENANT)
    expected = [_row("<tenant_id>-orders", orders), *(_row(topic.name, topic) for topic in topics.SHARED)]
    assert rows == expected


def _row(name: str, topic: Topic) -> str:
    key = topic.key.replace("|", "\\|")
    contract = f"[{topic.schema}](avro/{topic.schema}.avsc)"
    return f"| `{name}` | {contract} | `{key}` | {_kept(topic.retention)} | {topic.partitions} |"


def _kept(retention: timedelta | None) -> str:
    match retention:
        case None:
            return "newest of each key"
        case timedelta(days=1):
            return "1 day"
        case _:
            return f"{retention.days} days"
