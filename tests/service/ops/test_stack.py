"""The stack with real processes: it mends itself, says what is wrong, and leaves nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, Producer
from redis import Redis

from ops import leftovers, topics
from ops.stack import Stack, StackFailure, StackSettings
from schemas.topics import ALERTS

pytestmark = pytest.mark.service


def eventually(condition: Callable[[], bool], limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def pid(stack: Stack, part: str) -> int:
    return stack.status()[part].process.pid


def test_redis_comes_back_after_a_kill_with_its_data(stack: Stack) -> None:
    stack.up({"redis"})
    first = pid(stack, "redis")
    with Redis.from_url(stack.settings.redis_url) as client:
        client.set("key", "value")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: stack.status()["redis"].health == "" and pid(stack, "redis") != first)
    with Redis.from_url(stack.settings.redis_url) as client:
        assert client.get("key") == b"value"


def test_kafka_comes_back_after_a_kill_with_its_messages(stack: Stack) -> None:
    stack.up({"kafka"})
    topics.ensure(stack.settings.kafka_bootstrap, [ALERTS])
    producer = Producer({"bootstrap.servers": stack.settings.kafka_bootstrap, "acks": "all"})
    producer.produce(ALERTS.name, b"value", b"key")
    assert producer.flush(10) == 0
    first = pid(stack, "kafka")
    os.kill(first, signal.SIGKILL)
    eventually(lambda: pid(stack, "kafka") not in (0, first))
    stack.up({"kafka"})
    assert read_one(stack.settings.kafka_bootstrap) == b"value"


def read_one(bootstrap: str) -> bytes | None:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([ALERTS.name])
    try:
        message = consumer.poll(30)
    finally:
        consumer.close()
    assert message is not None and message.error() is None
    return message.value()


def test_a_second_start_leaves_running_parts_alone(stack: Stack) -> None:
    started: list[str] = []
    stack.up({"redis"}, started.append)
    first = pid(stack, "redis")
    stack.up({"redis"}, started.append)
    assert pid(stack, "redis") == first
    assert started == ["redis"]


def test_down_leaves_no_process_and_no_socket(stack: Stack) -> None:
    stack.up({"redis"})
    running = leftovers.processes(stack.settings.folder)
    assert {process.name() for process in running} >= {"redis-server"}
    assert stack.down() == 0, "something ran without supervision"
    assert not any(process.is_running() for process in running)
    assert leftovers.processes(stack.settings.folder) == []
    assert not stack.settings.control_socket.exists()
    assert stack.status() == {}


def test_down_finds_what_a_killed_supervisord_left(stack: Stack) -> None:
    stack.up({"redis"})
    redis = psutil.Process(pid(stack, "redis"))
    supervisord = redis.parent()
    assert supervisord is not None
    supervisord.kill()
    eventually(lambda: not Path(f"/proc/{supervisord.pid}").exists() or supervisord.status() == "zombie")
    assert redis.is_running()
    assert stack.down() >= 1
    assert not redis.is_running()


def test_up_after_a_killed_supervisord_starts_anew(stack: Stack) -> None:
    stack.up({"redis"})
    orphan = psutil.Process(pid(stack, "redis"))
    psutil.Process(orphan.ppid()).kill()
    eventually(lambda: stack.status() == {})
    stack.up({"redis"})
    assert not orphan.is_running()
    assert stack.status()["redis"].health == ""


OWNER = """
import sys, time
from pathlib import Path
from ops.stack import Stack, StackSettings
Stack(StackSettings.for_tests(Path(sys.argv[1]))).up({"redis"})
print("up", flush=True)
time.sleep(600)
"""


def test_a_stack_ends_with_its_owner_even_when_that_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        assert leftovers.processes(tmp_path)
        owner.kill()
        eventually(lambda: not leftovers.processes(tmp_path))
    finally:
        owner.kill()
        owner.communicate()
        leftovers.end(tmp_path)


def test_a_part_that_cannot_start_is_named_with_the_end_of_its_log(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", stack.settings.redis_port)):
        with pytest.raises(StackFailure) as failure:
            stack.up({"redis"})
    first, *tail = str(failure.value).splitlines()
    assert first.startswith("redis ended as it started. The end of ")
    assert any("Address already in use" in line for line in tail)


def test_what_a_part_runs_must_be_there(tmp_path: Path) -> None:
    settings = StackSettings.for_tests(tmp_path).model_copy(update={"lib": tmp_path / "none"})
    stack = Stack(settings)
    try:
        with pytest.raises(StackFailure, match=r"^kafka cannot start: .* run `make setup`\.$"):
            stack.up({"kafka"})
    finally:
        stack.down()


def test_a_running_stack_takes_no_other_settings(stack: Stack) -> None:
    stack.up({"redis"})
    other = Stack(stack.settings.model_copy(update={"redis_port": stack.settings.redis_port + 1}))
    with pytest.raises(StackFailure, match="stop it first with `aurora down`"):
        other.up({"redis"})
