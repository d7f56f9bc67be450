"""The job from order events to predictions and alerts.

::

                 dead letters
                       ^
                       |
    tenant topics -> decode -> combine -> SkuRisk -> predictions, alerts
                       |                   ^   |
                       |    settings ------+   | labels
                       |    suppressions --+   |
                       |    models ---->---+   v
                       +--> orders by hour -> Learner -> models

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
from jobs.broadcasts import MODELS_STATE, SETTINGS_STATE, THRESHOLDS_STATE
from jobs.learner_function import LearnerFunction
from jobs.operator_ids import name_sources_and_sinks, name_window
from jobs.order_events import order_events
from jobs.sku_risk_function import KEY_TYPE, LESSONS, OUTCOME_TYPE, RECORD_TYPE, SkuRiskFunction
from jobs.suppressions import SUPPRESSIONS_STATE
from schemas import topics
from udfs.combined import EventKind
from udfs.operational_time import HOUR_MS

COMBINE = "combine_events"
TOLD = ("settings", "models", "suppressions")
"""Tables of what is broadcast."""
TOLD_STATES = (SETTINGS_STATE, THRESHOLDS_STATE, MODELS_STATE, SUPPRESSIONS_STATE)


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
    settings, models, suppressions = map(tables.from_path, TOLD)
    told = tables.to_data_stream(settings.union_all(models).union_all(suppressions))
    outcomes = tables.from_data_stream(sku_risk(combined, told, arguments))
    tables.create_temporary_view("outcomes", outcomes.alias("destination", "record_key", "record"))
    lessons = tables.to_data_stream(tables.sql_query(records_for(LESSONS)))
    orders = tables.to_data_stream(tables.sql_query(orders_query(arguments)))

    statements = tables.create_statement_set()
    statements.add_insert_sql(UNREADABLE_EVENTS)
    for table, topic in (
        ("predictions", topics.PREDICTIONS),
        ("alerts", topics.ALERTS),
        ("dead_letters", topics.DEAD_LETTERS),
    ):
        statements.add_insert_sql(f"INSERT INTO {table} {records_for(topic.name)}")
    statements.add_insert("model_versions", tables.from_data_stream(learner(lessons, orders, arguments)))
    statements.attach_as_datastream()
    name_window(combined, "combine-events")
    name_window(orders, "orders-by-hour")
    name_sources_and_sinks(environment)
    return environment


def sku_risk(combined: DataStream, told: DataStream, arguments: Arguments) -> DataStream:
    """The records of combined events, by destination. ``told`` is what every subtask reads beside them."""
    by_key = combined.key_by(lambda row: row[0], key_type=KEY_TYPE)
    return (
        by_key.connect(told.broadcast(*TOLD_STATES))
        .process(SkuRiskFunction(arguments.refresh), output_type=OUTCOME_TYPE)
        .name("SkuRisk")
        .uid("sku-risk")
    )


def learner(lessons: DataStream, orders: DataStream, arguments: Arguments) -> DataStream:
    """Records of the topic ``models``, learned tenant by tenant from lessons and from orders by hour."""
    by_tenant = lessons.key_by(lambda row: bytes(row[0]).decode(), key_type=KEY_TYPE)
    return (
        by_tenant.connect(orders.key_by(lambda row: row[0], key_type=KEY_TYPE))
        .process(LearnerFunction(arguments.learn_every, arguments.refresh), output_type=RECORD_TYPE)
        .name("Learner")
        .uid("learner")
    )


def combined_query(arguments: Arguments) -> str:
    """One row per key and window of arrivals: windows only gather, so they follow the clock and no event is late."""
    return f"""
        SELECT sku_key, {COMBINE}(kind, qty, occurred_ms, received_ms, expected_ms) AS book
        FROM {_arrivals(arguments)}
        WHERE letter IS NULL
        GROUP BY window_start, window_end, sku_key
    """


def orders_query(arguments: Arguments) -> str:
    """Orders less cancellations by tenant and hour since 1970, of each window of arrivals.

    An hour in which stock moved without an order has none: it has passed all the same.
    """
    created, cancelled, inbound = map(
        list(EventKind).index,
        (EventKind.ORDER_CREATED, EventKind.ORDER_CANCELLED, EventKind.STOCK_INBOUND),
    )
    return f"""
        SELECT SPLIT_INDEX(sku_key, '|', 0) AS tenant_id,
            occurred_ms / {HOUR_MS} AS hour_since_1970,
            SUM(CAST(CASE kind WHEN {created} THEN 1 WHEN {cancelled} THEN -1 ELSE 0 END AS BIGINT)) AS orders
        FROM {_arrivals(arguments)}
        WHERE letter IS NULL AND kind <> {inbound}
        GROUP BY window_start, window_end, SPLIT_INDEX(sku_key, '|', 0), occurred_ms / {HOUR_MS}
    """


def records_for(destination: str) -> str:
    """Those of the risk operator's records that go there, key and value."""
    return f"SELECT record_key, record FROM outcomes WHERE destination = '{destination}'"


def _arrivals(arguments: Arguments) -> str:
    seconds = arguments.window.total_seconds()
    return f"TABLE(TUMBLE(TABLE order_events, DESCRIPTOR(arrived), INTERVAL '{seconds}' SECOND(5, 3)))"


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
    tables.create_temporary_table("models", kafka_tables.changelog_source(kafka, topics.MODELS))
    tables.create_temporary_table("suppressions", kafka_tables.changelog_source(kafka, topics.SUPPRESSIONS))
    tables.create_temporary_table("model_versions", kafka_tables.sink(kafka, topics.MODELS))
    tables.create_temporary_table("predictions", kafka_tables.sink(kafka, topics.PREDICTIONS))
    tables.create_temporary_table("alerts", alerts)
    tables.create_temporary_table("dead_letters", kafka_tables.sink(kafka, topics.DEAD_LETTERS))


if __name__ == "__main__":
    build(parse()).execute("stock_risk")
