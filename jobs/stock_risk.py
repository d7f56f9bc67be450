"""The job from order events to predictions and alerts.

::

    tenant topics -> decode -> combine -> SkuRisk -> predictions
                       |                    ^  |
                       v         settings --+  +---> alerts
                  dead letters

Submit it to a running cluster with::

    flink run --detached --python jobs/stock_risk.py --kafka HOST:PORT

The cluster needs the Kafka connector and ``udfs/jvm``'s jar in its lib folder, and this project installed in the Python
environment that ``python.executable`` names. `jobs.arguments` lists the further options.
"""

from pyflink.common import Configuration
from pyflink.datastream import DataStream, RuntimeExecutionMode, StreamExecutionEnvironment
from pyflink.table import Schema, StreamTableEnvironment, Table

from jobs import kafka_tables
from jobs.arguments import Arguments, parse
from jobs.order_events import order_events
from jobs.sku_risk_function import (
    ALERTS,
    DEAD_LETTERS,
    KEY_TYPE,
    RECORD_TYPE,
    SETTINGS_STATE,
    SkuRiskFunction,
)
from schemas import topics

COMBINE = "combine_events"


def build(arguments: Arguments) -> StreamExecutionEnvironment:
    """The whole job on an environment that is ready to execute."""
    environment = _environment(arguments)
    tables = StreamTableEnvironment.create(environment)
    tables.create_java_temporary_function(COMBINE, "aurora.CombineEvents")
    _create_tables(tables, arguments)
    tables.create_temporary_view(
        "order_events", _with_arrival(tables, order_events(environment, arguments.kafka, arguments.discovery))
    )

    combined = tables.to_data_stream(tables.sql_query(combined_query(arguments)))
    settings = tables.to_data_stream(tables.from_path("settings"))
    predictions = sku_risk(combined, settings, arguments)

    statements = tables.create_statement_set()
    statements.add_insert_sql(UNREADABLE_EVENTS)
    statements.add_insert("predictions", tables.from_data_stream(predictions))
    statements.add_insert("alerts", tables.from_data_stream(predictions.get_side_output(ALERTS)))
    statements.add_insert("dead_letters", tables.from_data_stream(predictions.get_side_output(DEAD_LETTERS)))
    statements.attach_as_datastream()
    return environment


def sku_risk(combined: DataStream, settings: DataStream, arguments: Arguments) -> DataStream:
    """Predictions of combined events; alerts and dead letters are its side outputs."""
    by_key = combined.key_by(lambda row: row[0], key_type=KEY_TYPE)
    return (
        by_key.connect(settings.broadcast(SETTINGS_STATE))
        .process(SkuRiskFunction(arguments.refresh), output_type=RECORD_TYPE)
        .name("SkuRisk")
        .uid("sku-risk")
    )


def combined_query(arguments: Arguments) -> str:
    """One row per key and window of arrivals: windows only gather, so they follow the clock and no event is late."""
    seconds = arguments.window.total_seconds()
    return f"""
        SELECT sku_key, {COMBINE}(kind, qty, occurred_ms, received_ms, expected_ms) AS book
        FROM TABLE(TUMBLE(TABLE order_events, DESCRIPTOR(arrived), INTERVAL '{seconds}' SECOND(5, 3)))
        WHERE letter IS NULL
        GROUP BY window_start, window_end, sku_key
    """


UNREADABLE_EVENTS = (
    "INSERT INTO dead_letters SELECT letter_key, letter FROM order_events WHERE letter IS NOT NULL"
)


def _environment(arguments: Arguments) -> StreamExecutionEnvironment:
    configuration = Configuration()
    configuration.set_string("python.execution-mode", "thread")
    configuration.set_string("pipeline.name", "stock_risk")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_runtime_mode(RuntimeExecutionMode.STREAMING)
    if arguments.parallelism:
        environment.set_parallelism(arguments.parallelism)
    return environment


def _with_arrival(tables: StreamTableEnvironment, events: DataStream) -> Table:
    return tables.from_data_stream(
        events, Schema.new_builder().column_by_expression("arrived", "PROCTIME()").build()
    )


def _create_tables(tables: StreamTableEnvironment, arguments: Arguments) -> None:
    kafka = arguments.kafka
    alerts = kafka_tables.exactly_once_sink(kafka, topics.ALERTS, arguments.transaction_timeout)
    tables.create_temporary_table("settings", kafka_tables.changelog_source(kafka, topics.SETTINGS))
    tables.create_temporary_table("predictions", kafka_tables.sink(kafka, topics.PREDICTIONS))
    tables.create_temporary_table("alerts", alerts)
    tables.create_temporary_table("dead_letters", kafka_tables.sink(kafka, topics.DEAD_LETTERS))


if __name__ == "__main__":
    build(parse()).execute("stock_risk")
