"""Names under which checkpoints keep the state of operators that SQL makes.

Flink finds the state of an operator that has no name by its place in the job's graph, so one more query would cost the
events that wait in the windows. `name_operators` gives each of them a name that stays.

Checkpoints of the first release had no names. What Flink made of the places then is in `FIRST_RELEASE`; state found
under that is taken over, and written under the name from then on.
"""

from collections.abc import Iterator
from typing import Any

from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

FIRST_RELEASE = {
    "combine-events": "5c2689da63c265833f45552c3ebc5960",
    "settings": "6cdc5bb954874d922eaee11a8e7b5dd5",
    "predictions-sink": "a47653065c52cf531856a22ee725dcc7",
    "predictions-sink: Committer": "7811561f9a714cfdf6aa2a5cc2cca230",
    "alerts-sink": "72da018a801d71b5a3ae8e90c07043ed",
    "alerts-sink: Committer": "ecde0f1f08a51f3fe5231439875c1d04",
    "dead_letters-sink": "ec9c4f2487c843d80ec19472ea39a620",
    "dead_letters-sink: Committer": "952497544faa655d9ea6c15dfa968934",
}
_SOURCE = "KafkaSource-default_catalog.default_database."
_SINK_CLASS = "SinkTransformation"


def name_window(rows: DataStream, name: str) -> None:
    """Name the window aggregate that a query's rows come from."""
    (window,) = (
        each
        for each in _upstream(rows._j_data_stream.getTransformation())
        if each.getName().startswith("WindowAggregate")
    )
    name_operator(window, name)


def name_sources_and_sinks(environment: StreamExecutionEnvironment) -> None:
    """Name the Kafka tables of a whole job, sources as the table and sinks with ``-sink`` behind it."""
    for root in environment._j_stream_execution_environment.getTransformations():
        for each in _upstream(root):
            table = each.getName().partition("[")[0]
            if each.getClass().getSimpleName() == _SINK_CLASS:
                _name_sink(each, f"{table}-sink")
            elif table.startswith(_SOURCE):
                name_operator(each, table.removeprefix(_SOURCE))


def _upstream(transformation: Any) -> Iterator[Any]:
    yield transformation
    for before in transformation.getInputs():
        yield from _upstream(before)


def name_operator(transformation: Any, name: str) -> None:
    """Name the operator of a Java transformation."""
    transformation.setUid(name)
    if name in FIRST_RELEASE:
        transformation.setUidHash(FIRST_RELEASE[name])


def _name_sink(sink: Any, name: str) -> None:
    sink.setUid(name)
    if name not in FIRST_RELEASE:
        return
    hashes = (
        get_gateway()
        .jvm.org.apache.flink.streaming.api.datastream.CustomSinkOperatorUidHashes.builder()
        .setWriterUidHash(FIRST_RELEASE[name])
        .setCommitterUidHash(FIRST_RELEASE[f"{name}: Committer"])
        .build()
    )
    # a DataStream takes them when its sink is made, which is inside the connector's table here
    kept = sink.getClass().getDeclaredField("customSinkOperatorUidHashes")
    kept.setAccessible(True)
    kept.set(sink, hashes)
