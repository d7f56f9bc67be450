"""Kafka as a single KRaft node, run from the jars that Maven copied."""

import shutil
import subprocess
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ops.parts.part import MissingProgram, Part, Unhealthy
from ops.ports import is_open
from ops.settings import StackSettings

NAME = "kafka"
# one node, one cluster: a fixed id lets a stack's folder be moved
CLUSTER_ID = "QXVyb3JhLW9uZS1ub2RlLQ"
HEAP = ("-Xms256m", "-Xmx512m")
LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024
LOG4J = """\
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd HH:mm:ss.SSS} %-5p %c{1}: %m%n
"""


def kafka(settings: StackSettings) -> Part:
    """The broker, which is its own controller."""
    return Part(
        name=NAME,
        command=(*_java(settings), "kafka.Kafka", str(_folder(settings) / "server.properties")),
        check=lambda: _check(settings.kafka_port),
        prepare=lambda: _prepare(settings),
    )


def server_properties(settings: StackSettings) -> str:
    """The broker's configuration. Every replica count is one, since there is one node."""
    advertised = f"127.0.0.1:{settings.kafka_port}"
    broker = f"127.0.0.1:{settings.kafka_proxied_port or settings.kafka_port}"
    controller = f"127.0.0.1:{settings.kafka_controller_port}"
    values: dict[str, str | int] = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"BROKER://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"BROKER://{advertised}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(_folder(settings) / "data"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": 1,
        "min.insync.replicas": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # a broker that was killed is taken back when its session is over, which is 9 s by default and half of its way back
        "broker.session.timeout.ms": 4_000,
        "broker.heartbeat.interval.ms": 1_000,
        # a consumer that starts alone need not wait for others to join its group
        "group.initial.rebalance.delay.ms": 0,
        "message.max.bytes": LARGEST_MESSAGE_BYTES,
        "replica.fetch.max.bytes": LARGEST_MESSAGE_BYTES,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _folder(settings: StackSettings) -> Path:
    return settings.folder / "kafka"


def _java(settings: StackSettings) -> tuple[str, ...]:
    logging = f"-Dlog4j2.configurationFile={_folder(settings) / 'log4j2.properties'}"
    return ("java", *HEAP, logging, "-cp", f"{settings.lib}/kafka/*")


def _prepare(settings: StackSettings) -> None:
    if shutil.which("java") is None or not any((settings.lib / "kafka").glob("kafka_*.jar")):
        raise MissingProgram("Java or Kafka's jars are missing; run `make setup`.")
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    properties.write_text(server_properties(settings))
    (folder / "log4j2.properties").write_text(LOG4J)
    if not (folder / "data" / "meta.properties").exists():
        _format(settings, properties)


def _format(settings: StackSettings, properties: Path) -> None:
    tool = (*_java(settings), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties))
    done = subprocess.run(tool, capture_output=True, text=True)
    if done.returncode:
        raise MissingProgram(
            f"Kafka's storage could not be formatted: {(done.stdout + done.stderr).strip()[-500:]}"
        )


def _check(port: int) -> None:
    # ask the port first: the client would go on trying, and write of it, until its own time is up
    if not is_open(port):
        raise Unhealthy(f"nothing listens on port {port}")
    try:
        metadata = AdminClient(
            {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0, "socket.timeout.ms": 2000}
        ).list_topics(timeout=2)
    except KafkaException as error:
        raise Unhealthy(f"no metadata: {error.args[0].str()}") from error
    if not metadata.brokers:
        raise Unhealthy("the broker is not registered yet")
