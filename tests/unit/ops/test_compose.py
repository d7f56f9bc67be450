"""docker-compose.yml: valid by the Compose specification, and the same stack as `aurora up` starts."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from ops.parts import flink, kafka
from ops.parts.catalogue import parts_of
from ops.parts.redis import redis
from ops.settings import PROJECT, StackSettings

FILE = PROJECT / "docker-compose.yml"
STACK = StackSettings(folder=Path("/state"))
PARTS = {part.name: part for part in parts_of(STACK)}
PUBLIC_IMAGES = {"kafka": "apache/kafka:4.3.1", "redis": "redis:7.2-bookworm"}
PREPARATION = "prepare"


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
    return loaded


def test_it_is_valid_by_the_specification() -> None:
    # with YAML's own merge keys resolved, as Compose reads it
    text = yaml.safe_dump(yaml.safe_load(FILE.read_text()))
    assert set(PyCompose.from_yaml(text).service_names()) == PARTS.keys() | {PREPARATION}
    with pytest.raises(ValueError, match="condition"):
        PyCompose.from_yaml(text.replace("service_healthy", "service_well"))


def test_each_part_of_the_stack_runs_as_on_a_machine(services: dict[str, dict[str, Any]]) -> None:
    for name in PARTS.keys() - PUBLIC_IMAGES.keys():
        assert services[name]["image"] == "aurora"
        assert services[name]["command"][0] == name
    for name, image in PUBLIC_IMAGES.items():
        assert services[name]["image"] == image


def test_its_files_are_there(services: dict[str, dict[str, Any]]) -> None:
    dockerfile = PROJECT / services["api"]["build"]["dockerfile"]
    text = dockerfile.read_text()
    assert "bash ops/bootstrap.sh" in text
    assert f"AURORA_FOLDER={STACK.folder}" in text


def test_the_broker_has_the_same_configuration(services: dict[str, dict[str, Any]]) -> None:
    environment = services["kafka"]["environment"]
    given = dict(line.split("=", 1) for line in kafka.server_properties(STACK).splitlines())
    of_the_network = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    variables = {name: f"KAFKA_{name.upper().replace('.', '_')}" for name in given}
    assert {variables[name]: given[name] for name in given.keys() - of_the_network} == {
        name: value
        for name, value in environment.items()
        if name not in {variables[each] for each in of_the_network} | {"CLUSTER_ID", "KAFKA_HEAP_OPTS"}
    }
    assert environment["CLUSTER_ID"] == kafka.CLUSTER_ID
    assert environment["KAFKA_HEAP_OPTS"].split() == [*kafka.HEAP]
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == f"BROKER://kafka:{STACK.kafka_port}"


def test_redis_has_the_same_configuration(services: dict[str, dict[str, Any]]) -> None:
    command = services["redis"]["command"]
    local = redis(STACK).command
    for option in ("--port", "--appendonly", "--save"):
        assert command[command.index(option) + 1] == local[local.index(option) + 1]


@pytest.mark.parametrize(("name", "port"), [("api", STACK.api_port), ("flink-jobmanager", STACK.flink_port)])
def test_what_people_use_is_published_on_loopback(
    services: dict[str, dict[str, Any]], name: str, port: int
) -> None:
    assert services[name]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_nothing_else_is_published(services: dict[str, dict[str, Any]]) -> None:
    assert {name for name, service in services.items() if "ports" in service} == {"api", "flink-jobmanager"}


def test_the_hosts_are_settings_of_the_stack(services: dict[str, dict[str, Any]]) -> None:
    hosts = {
        name.removeprefix("AURORA_").lower(): host for name, host in services["job"]["environment"].items()
    }
    assert hosts.keys() <= StackSettings.model_fields.keys()
    assert set(hosts.values()) <= services.keys()


def test_no_part_starts_before_its_topics_and_what_it_needs(services: dict[str, dict[str, Any]]) -> None:
    def waits_for(name: str) -> set[str]:
        before = services[name].get("depends_on", {}).keys()
        return set(before).union(*(waits_for(each) for each in before))

    assert waits_for(PREPARATION) == {"kafka", "redis"}
    for name in PARTS.keys() - PUBLIC_IMAGES.keys():
        assert {PREPARATION, *PARTS[name].needs} <= waits_for(name), name


def test_dynamic_properties_are_ones_that_the_configuration_has(services: dict[str, dict[str, Any]]) -> None:
    configured = flink.configuration(STACK)
    for name in ("flink-jobmanager", "flink-taskmanager-1"):
        options = services[name]["command"][1:]
        assert options[::2] == ["-D"] * (len(options) // 2)
        for option in options[1::2]:
            key = option.partition("=")[0]
            assert key in flattened(yaml.safe_load(configured)), key


def flattened(values: dict[str, Any], prefix: str = "") -> set[str]:
    """Keys such as ``rest.port``."""
    return {
        key
        for name, value in values.items()
        for key in (flattened(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name})
    }
