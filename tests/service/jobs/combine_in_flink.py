"""Runs the JVM's combining on events from standard input, in a small Flink of its own: ``python combine_in_flink.py JAR``.

Reads a JSON list of [sku_key, kind, qty, occurred_ms, received_ms, expected_ms], prints a JSON object of hex by sku_key.
"""

import json
import sys
from pathlib import Path

from pyflink.common import Configuration
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment

COLUMNS = {
    "sku_key": DataTypes.STRING(),
    "kind": DataTypes.TINYINT(),
    "qty": DataTypes.BIGINT(),
    "occurred_ms": DataTypes.BIGINT(),
    "received_ms": DataTypes.BIGINT(),
    "expected_ms": DataTypes.BIGINT(),
}


def main(jar: Path) -> None:
    configuration = Configuration()
    configuration.set_string("pipeline.jars", jar.as_uri())
    configuration.set_string("parallelism.default", "1")
    settings = (
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(configuration).build()
    )
    tables = TableEnvironment.create(settings)
    tables.create_java_temporary_function("combine_events", "aurora.CombineEvents")
    events = [tuple(event) for event in json.load(sys.stdin)]
    tables.create_temporary_view(
        "events",
        tables.from_elements(events, DataTypes.ROW([DataTypes.FIELD(*column) for column in COLUMNS.items()])),
    )
    query = """
        SELECT sku_key, combine_events(kind, qty, occurred_ms, received_ms, expected_ms) FROM events GROUP BY sku_key
    """
    # a changelog: the last row of a key has all its events
    newest = {}
    with tables.execute_sql(query).collect() as rows:
        for sku_key, book in rows:
            newest[sku_key] = bytes(book).hex()
    print(json.dumps(newest))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
