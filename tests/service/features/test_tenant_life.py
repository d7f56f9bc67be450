"""Tenants with predictions in the feature store: exported, removed, and the sandbox made anew, by API and command line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from confluent_kafka import Consumer, TopicPartition
from redis import Redis
from service.api.provisioning.operator_calls import Operator
from service.api.running import Account, Running
from service.features.documented import run_page
from service.features.prediction_log import PredictionLog, eventually
from service.features.writer_process import WriterProcess

from api import topics as kafka_topics
from api.access.tenants import list_tenants
from ops.sandbox import day
from ops.sandbox.__main__ import Keeper, shop_of
from ops.stack import Stack
from schemas import online_store, topics

pytestmark = pytest.mark.service


@pytest.fixture
def operator(api: Running, online_writer: WriterProcess, redis_client: Redis) -> Operator:
    """An operator of a deployment whose feature writer runs."""
    online_writer.start()
    eventually(lambda: redis_client.exists(online_store.COMPLETE) == 1)
    return Operator(api)


def rows_of(redis: Redis, tenant_id: str) -> list[str]:
    """Every key of the online store that bears the tenant's id, Feast's own too."""
    return [key for key in map(repr, redis.scan_iter(count=10_000)) if tenant_id in key]


@pytest.fixture
def raw_redis(feature_stack: Stack) -> Iterator[Redis]:
    """Feast's keys are no text."""
    with Redis.from_url(feature_stack.settings.redis_url) as client:
        yield client


def test_predictions_are_exported_and_leave_with_their_tenant(
    operator: Operator, log: PredictionLog, raw_redis: Redis
) -> None:
    made, _ = operator.created()
    tenant_id = log.tenant_id = made["tenant_id"]
    log.send(log.now(sku=f"SKU-{number}", warehouse=place) for number in range(70) for place in ("a", "b"))
    alerts = online_store.alerts(tenant_id)
    eventually(lambda: raw_redis.zcard(alerts) == 140)

    exported = operator.archive(tenant_id)["predictions.ndjson"]
    assert {(each["sku"], each["warehouse"]) for each in exported} == log.newest.keys()
    assert {each["probability"] for each in exported} == {0.9}

    answer = operator.ask("DELETE", f"/{tenant_id}")
    assert answer.json().get("standing") == "deleted", answer.text
    assert rows_of(raw_redis, tenant_id) == []


def test_the_sandbox_is_another_tenant_after_a_reset_and_the_last_one_is_gone(
    api: Running, operator: Operator, feature_stack: Stack
) -> None:
    settings = feature_stack.settings
    now = datetime.now(UTC).replace(microsecond=0)
    first = day.reset(settings, max(day.midnight(now), now - timedelta(minutes=90)))
    again = day.reset(settings, first.opened_at)
    assert again.tenant_id == first.tenant_id, "it goes on with what it finds"
    told = api.http.get("/v1/sandbox").json()
    assert told["tenant_id"] == str(first.tenant_id)
    # what happened since it opened comes once, also when the simulator is started again on the way
    until = first.opened_at + timedelta(minutes=3)
    caught_up = day.catch_up(settings, first, shop_of(first), until)
    assert caught_up.sent_until == until
    before = events_of(settings.kafka_bootstrap, first.tenant_id)
    found = day.current(settings)
    assert found is not None and day.catch_up(settings, found, shop_of(found), until).sent_until == until
    assert events_of(settings.kafka_bootstrap, first.tenant_id) == before

    second = day.reset(settings, first.opened_at + timedelta(minutes=1))
    assert second.tenant_id != first.tenant_id
    assert events_of(settings.kafka_bootstrap, second.tenant_id) == len(day.history(second.opened_at))
    names = {each.tenant_id for each in api.on_database(list_tenants)}
    assert second.tenant_id in names and first.tenant_id not in names
    assert kafka_topics.states(settings.kafka_bootstrap, [topics.orders(first.tenant_id).name]) == {}
    assert api.http.get("/v1/sandbox").json()["tenant_id"] == str(second.tenant_id)

    # the process finds what the command made, and goes on with it
    Keeper(settings).step(second.opened_at + timedelta(minutes=2, seconds=30))
    kept = day.current(settings)
    assert kept is not None and kept.tenant_id == second.tenant_id
    assert kept.sent_until == second.opened_at + timedelta(minutes=2)


def test_the_public_can_read_the_sandbox_and_nothing_else(
    api: Running, operator: Operator, feature_stack: Stack
) -> None:
    made = day.reset(feature_stack.settings, datetime.now(UTC).replace(microsecond=0))
    told = api.http.get("/v1/sandbox").json()
    public = Account(made.tenant_id, told["client_id"], told["client_secret"])
    headers = {"Authorization": f"Bearer {api.token(public)}"}
    assert api.http.get("/v1/stock/alerts", headers=headers).status_code == 200
    for method, path in (
        *(("POST", "/v1/ingest/events"), ("PUT", "/v1/models/pin"), ("GET", "/v1/clients")),
        *(
            ("GET", "/v1/settings"),
            ("DELETE", "/v1/predictions"),
            ("GET", "/v1/tenants"),
            ("GET", "/v1/audit"),
        ),
    ):
        assert api.http.request(method, path, headers=headers).status_code == 403, path


def test_the_page_of_tenants_runs_as_written(api: Running, operator: Operator, feature_stack: Stack) -> None:
    printed = run_page("tenants.md", api.settings.port, feature_stack.settings, {})
    assert '"type":"/v1/problems/' not in printed
    for said in (
        '"standing":"active"',
        '"standing":"suspended"',
        '"standing":"deleted"',
        "predictions.ndjson",
    ):
        assert said in printed
    assert "is suspended." in printed and "database done" in printed and "is revoked." in printed


def test_the_page_of_the_sandbox_runs_as_written(
    api: Running, operator: Operator, feature_stack: Stack
) -> None:
    day.reset(feature_stack.settings, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1))
    printed = run_page("sandbox.md", api.settings.port, feature_stack.settings, {})
    assert '"type":"/v1/problems/' not in printed
    assert '"resets_at":"' in printed and "tenant_id  " in printed


def events_of(kafka: str, tenant_id: UUID) -> int:
    """How many events the tenant's topic holds."""
    topic = topics.orders(tenant_id)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "count",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    consumer.assign([TopicPartition(topic.name, number, 0) for number in range(topic.partitions)])
    count = at_end = 0
    try:
        while at_end < topic.partitions:
            message = consumer.poll(30)
            assert message is not None
            if message.error():
                at_end += 1
            else:
                count += 1
    finally:
        consumer.close()
    return count
