"""The job from order events to predictions and alerts.

::

                 dead letters
                       ^
                       |
    tenant topics -> decode and combine -> SkuRisk -> predictions, alerts
                              |             ^   |
                              |   settings -+   | lessons
                              |   suppressions  |
                              |   models -->+   v
                              +-> orders by hour -> Learner -> models

Submit it to a running cluster with::

    flink run --detached --python jobs/stock_risk.py --kafka HOST:PORT

The cluster needs the Kafka connector and ``udfs/jvm``'s jar in its lib folder, and this project installed in the Python
environment that ``python.executable`` names. `jobs.arguments` lists the further options.
"""

from pyflink.common import Configuration
from pyflink.datastream import DataStream, KeyedStream, RuntimeExecutionMode, StreamExecutionEnvironment
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

TOLD = ("settings", "models", "suppressions")
"""Tables of what is broadcast."""
TOLD_STATES = (SETTINGS_STATE, THRESHOLDS_STATE, MODELS_STATE, SUPPRESSIONS_STATE)


def build(arguments: Arguments) -> StreamExecutionEnvironment:
    """The whole job on an environment that is ready to execute."""
    environment = _environment(arguments)
    tables = StreamTableEnvironment.create(environment)
    _create_tables(tables, arguments)

    combined, orders_of_hours, letters = order_events(environment, arguments)
    settings, models, suppressions = map(tables.from_path, TOLD)
    told = tables.to_data_stream(settings.union_all(models).union_all(suppressions))
    outcomes = tables.from_data_stream(sku_risk(combined, told, arguments))
    tables.create_temporary_view("order_counts", _with_arrival(tables, orders_of_hours))
    tables.create_temporary_view("outcomes", outcomes.alias("destination", "record_key", "record"))
    lessons = tables.to_data_stream(tables.sql_query(records_for(LESSONS)))
    orders = tables.to_data_stream(tables.sql_query(orders_query(arguments)))

    statements = tables.create_statement_set()
    statements.add_insert("dead_letters", tables.from_data_stream(letters))
    for table, topic in (
        ("predictions", topics.PREDICTIONS),
        ("alerts", topics.ALERTS),
        ("dead_letters", topics.DEAD_LETTERS),
    ):
        statements.add_insert_sql(f"INSERT INTO {table} {records_for(topic.name)}")
    statements.add_insert("model_versions", tables.from_data_stream(learner(lessons, orders, arguments)))
    statements.attach_as_datastream()
    name_window(orders, "orders-by-hour")
    name_sources_and_sinks(environment)
    return environment


def sku_risk(combined: KeyedStream, told: DataStream, arguments: Arguments) -> DataStream:
    """The records of combined events, by destination. ``told`` is what every subtask reads beside them."""
    return (
        combined.connect(told.broadcast(*TOLD_STATES))
        .process(SkuRiskFunction(arguments.refresh, arguments.state_version), output_type=OUTCOME_TYPE)
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


def orders_query(arguments: Arguments) -> str:
    """Orders less cancellations by tenant and hour since 1970, of each window of arrivals at all subtasks."""
    seconds = arguments.window.total_seconds()
    return f"""
        SELECT tenant_id, hour_since_1970, SUM(orders) AS orders
        FROM TABLE(TUMBLE(TABLE order_counts, DESCRIPTOR(arrived), INTERVAL '{seconds}' SECOND(5, 3)))
        GROUP BY window_start, window_end, tenant_id, hour_since_1970
    """


def records_for(destination: str) -> str:
    """Those of the risk operator's records that go there, key and value."""
    return f"SELECT record_key, record FROM outcomes WHERE destination = '{destination}'"


def _environment(arguments: Arguments) -> StreamExecutionEnvironment:
    configuration = Configuration()
    configuration.set_string("python.execution-mode", "thread")
    configuration.set_string("pipeline.name", "stock_risk")
    # nothing here changes a row that it has passed on
    configuration.set_string("pipeline.object-reuse", "true")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_runtime_mode(RuntimeExecutionMode.STREAMING)
    if arguments.parallelism:
        environment.set_parallelism(arguments.parallelism)
    return environment


def _with_arrival(tables: StreamTableEnvironment, rows: DataStream) -> Table:
    return tables.from_data_stream(
        rows, Schema.new_builder().column_by_expression("arrived", "PROCTIME()").build()
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
