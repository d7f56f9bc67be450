"""The broker's configuration."""

from pathlib import Path

import pytest

from ops.parts.kafka import server_properties
from ops.settings import StackSettings
from schemas import topics


@pytest.fixture
def properties(tmp_path: Path) -> dict[str, str]:
    text = server_properties(StackSettings(folder=tmp_path, kafka_port=1111, kafka_controller_port=2222))
    return dict(line.split("=", 1) for line in text.splitlines())


def test_it_listens_on_loopback_only(properties: dict[str, str]) -> None:
    assert properties["listeners"] == "BROKER://127.0.0.1:1111,CONTROLLER://127.0.0.1:2222"
    assert properties["advertised.listeners"] == "BROKER://127.0.0.1:1111"


def test_behind_a_proxy_it_listens_elsewhere_and_is_found_there(tmp_path: Path) -> None:
    settings = StackSettings(folder=tmp_path, kafka_port=1111, kafka_proxied_port=3333)
    lines = server_properties(settings).splitlines()
    assert any(line.startswith("listeners=BROKER://127.0.0.1:3333,") for line in lines)
    assert "advertised.listeners=BROKER://127.0.0.1:1111" in lines


def test_no_topic_appears_by_itself(properties: dict[str, str]) -> None:
    assert properties["auto.create.topics.enable"] == "false"


def test_one_node_holds_every_replica(properties: dict[str, str]) -> None:
    replicas = {
        name: value for name, value in properties.items() if "replication.factor" in name or ".isr" in name
    }
    assert len(replicas) >= 6
    assert set(replicas.values()) == {"1"}


def test_every_topic_s_largest_message_fits(properties: dict[str, str]) -> None:
    largest = max(topic.max_message_bytes for topic in topics.SHARED)
    assert int(properties["message.max.bytes"]) >= largest
    assert int(properties["replica.fetch.max.bytes"]) >= largest


def test_data_stay_in_the_folder(properties: dict[str, str], tmp_path: Path) -> None:
    assert tmp_path in Path(properties["log.dirs"]).parents
