"""Runs the JVM's part of the job on messages from standard input, in a small Flink of its own: ``python ... JAR``.

Reads a JSON list of [topic, partition, offset, value in hex]. Prints a JSON object of ``books`` (hex by sku_key), ``orders``
(lists of tenant_id, hour, orders) and ``letters`` (hex by the place of the message).
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyflink.common import Configuration, Types
from pyflink.datastream import DataStream, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

MESSAGE = Types.TUPLE([Types.STRING(), Types.INT(), Types.LONG(), Types.PRIMITIVE_ARRAY(Types.BYTE())])
WINDOW_MS = 3_600_000
"""Longer than the run: all of a key's events come in one row."""


def main(jar: Path) -> None:
    configuration = Configuration()
    configuration.set_string("pipeline.jars", jar.as_uri())
    configuration.set_string("python.execution-mode", "thread")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(1)
    environment.set_runtime_mode(RuntimeExecutionMode.STREAMING)
    functions = get_gateway().jvm.aurora
    messages = environment.from_collection(
        [
            (topic, partition, offset, bytes.fromhex(value))
            for topic, partition, offset, value in json.load(sys.stdin)
        ],
        MESSAGE,
    )
    operator = functions.CombineEvents
    rows = messages._j_data_stream.transform("CombineEvents", operator.BOOKS, operator(WINDOW_MS))
    streams: dict[str, tuple[Any, Callable[[Any], list[Any]]]] = {
        "books": (rows, lambda row: ["books", row[0], bytes(row[1][1]).hex()]),
        "orders": (rows.getSideOutput(operator.ORDERS), lambda row: ["orders", [*row]]),
        "letters": (
            rows.getSideOutput(operator.LETTERS),
            lambda row: ["letters", bytes(row[0]).decode(), bytes(row[1]).hex()],
        ),
    }
    told = [
        DataStream(stream).map(lambda row, tell=tell: json.dumps(tell(row)), Types.STRING())
        for stream, tell in streams.values()
    ]
    found: dict[str, Any] = {"books": {}, "orders": [], "letters": {}}
    with told[0].union(*told[1:]).execute_and_collect() as lines:
        for line in lines:
            kind, *content = json.loads(line)
            if kind == "orders":
                found[kind].extend(content)
            else:
                found[kind][content[0]] = content[1]
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
