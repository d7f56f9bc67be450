"""Predictions that are deleted by the API, and what every reader then finds, with the writers running beside it."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from service.api.running import Account, Running, running_on
from service.features.documented import run_page
from service.features.online_state import has_stored
from service.features.prediction_log import PredictionLog, eventually
from service.features.writer_process import WriterProcess
from sqlalchemy import select

from api.access.clients import create_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.audit.tables import AuditRow
from api.clock import utc_now
from api.database import Database
from api.hidden_predictions.deletion import RESTORABLE
from api.hidden_predictions.purge import Purge
from ops.stack import Stack
from schemas import online_store as keys
from schemas import topics

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def api(feature_stack: Stack, online_writer: WriterProcess) -> Iterator[Running]:
    """The API on the stack's own port and accounts, over a store that the writer fills."""
    online_writer.start()
    with running_on(feature_stack.settings) as api:
        yield api


class Shop:
    """A tenant with predictions."""

    def __init__(self, api: Running, stack: Stack, redis: Redis) -> None:
        self.api = api
        self.account: Account = api.tenant()
        self.log = PredictionLog(stack.settings.kafka_bootstrap)
        self.log.tenant_id = str(self.account.tenant_id)
        self._redis = redis
        self.token = api.token(self.account)

    def predict(self, *skus: str) -> None:
        """Predictions of these SKUs, made just now and stored when this returns."""
        self.log.send([self.log.now(sku=sku) for sku in skus])
        eventually(lambda: has_stored(self._redis, self.log.end_offsets()))

    def call(self, method: str, path: str) -> Any:
        answer = self.api.http.request(method, path, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def shown(self) -> set[str]:
        """The SKUs with an alert in force."""
        return {alert["sku"] for alert in self.call("GET", "/v1/stock/alerts")}

    def audited(self) -> list[str]:
        async def work(database: Database) -> list[str]:
            mine = AuditRow.tenant_id == self.account.tenant_id
            entries = select(AuditRow).where(mine, AuditRow.action.startswith("predictions."))
            async with database.transaction() as session:
                return [row.action for row in await session.scalars(entries.order_by(AuditRow.number))]

        return self.api.on_database(work)


@pytest.fixture
def shop(api: Running, feature_stack: Stack, redis_client: Redis) -> Shop:
    return Shop(api, feature_stack, redis_client)


def test_what_is_deleted_is_hidden_at_once_and_restored_within_seconds(
    shop: Shop, redis_client: Redis
) -> None:
    shop.predict("TEA-1", "TEA-2", "SALT")
    assert shop.shown() == {"TEA-1", "TEA-2", "SALT"}
    deletion = shop.call("DELETE", "/v1/predictions?sku=TEA-1")
    assert shop.shown() == {"TEA-2", "SALT"}
    assert shop.call("GET", "/v1/stock/alerts?sku=TEA-1&threshold=0") == []
    # the writer follows, for those who ask Feast
    eventually(lambda: redis_client.hlen(keys.hidden(shop.log.tenant_id)) == 1)
    shop.predict("TEA-1")
    assert shop.shown() == {"TEA-1", "TEA-2", "SALT"}, "what is predicted later is shown"
    everything = shop.call("DELETE", "/v1/predictions?all=true")
    assert shop.shown() == set()
    eventually(lambda: redis_client.hlen(keys.hidden(shop.log.tenant_id)) == 3)
    path = "/v1/predictions/deletions"
    assert shop.call("POST", f"{path}/{everything['deletion_id']}/restore")["state"] == "restored"
    eventually(lambda: shop.shown() == {"TEA-1", "TEA-2", "SALT"})
    listed = [(each["deletion_id"], each["state"]) for each in shop.call("GET", path)]
    assert listed == [(everything["deletion_id"], "restored"), (deletion["deletion_id"], "hidden")]
    assert shop.audited() == ["predictions.deleted", "predictions.deleted", "predictions.restored"]


def test_another_tenant_neither_loses_anything_nor_restores_it(
    shop: Shop, api: Running, feature_stack: Stack, redis_client: Redis
) -> None:
    other = Shop(api, feature_stack, redis_client)
    shop.predict("TEA-1")
    other.predict("TEA-1")
    deletion = shop.call("DELETE", "/v1/predictions?all=true")
    assert (shop.shown(), other.shown()) == (set(), {"TEA-1"})
    answer = api.http.post(
        f"/v1/predictions/deletions/{deletion['deletion_id']}/restore",
        headers={"Authorization": f"Bearer {other.token}"},
    )
    assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/unknown-deletion")
    assert other.call("GET", "/v1/predictions/deletions") == []


def test_after_thirty_days_it_is_purged_from_every_place(
    shop: Shop, api: Running, redis_client: Redis, feature_stack: Stack
) -> None:
    shop.predict("TEA-1", "SALT")
    deletion = shop.call("DELETE", "/v1/predictions?sku=TEA-1")
    eventually(lambda: redis_client.hlen(keys.hidden(shop.log.tenant_id)) == 1)

    async def purge(database: Database) -> int:
        async with AsyncRedis.from_url(api.settings.redis_url) as redis:
            early = await Purge(database, redis).purge(utc_now() + RESTORABLE - timedelta(minutes=5))
            assert early == 0
            return await Purge(database, redis).purge(utc_now() + RESTORABLE)

    assert api.on_database(purge) >= 1
    eventually(lambda: redis_client.exists(keys.hidden(shop.log.tenant_id)) == 0)
    assert shop.shown() == {"SALT"}
    path = f"/v1/predictions/deletions/{deletion['deletion_id']}"
    assert shop.call("GET", path)["state"] == "purged"
    answer = api.http.post(f"{path}/restore", headers={"Authorization": f"Bearer {shop.token}"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/deletion-purged")
    eventually(lambda: has_tombstone(feature_stack, f"{shop.log.tenant_id}|TEA-1|berlin"))
    assert shop.audited()[-1] == "predictions.purged"


def has_tombstone(stack: Stack, key: str) -> bool:
    """Whether the last word of the topic on this key is that there is nothing."""
    last: dict[str, bytes | None] = {}
    consumer = Consumer(
        {
            "bootstrap.servers": stack.settings.kafka_bootstrap,
            "group.id": "tests",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    partitions = set(range(topics.PREDICTIONS.partitions))
    try:
        consumer.assign([TopicPartition(topics.PREDICTIONS.name, each, 0) for each in partitions])
        deadline = time.monotonic() + 30
        while partitions and time.monotonic() < deadline:
            message = consumer.poll(5)
            assert message is not None
            if message.error() is None:
                last[(message.key() or b"").decode()] = message.value()
            else:
                partitions.discard(message.partition() or 0)
    finally:
        consumer.close()
    return key in last and last[key] is None


def test_the_page_about_predictions_runs_as_written(shop: Shop, feature_stack: Stack) -> None:
    shop.predict("TEA-1")
    printed = run_page(
        "predictions.md", shop.api.settings.port, feature_stack.settings, {"TOKEN": shop.token}
    )
    assert '"type":"/v1/problems/' not in printed
    assert printed.count('"state":"restored"') == 2
    assert printed.count('"state":"waiting"') == 2


def test_the_page_about_usage_runs_as_written(shop: Shop, feature_stack: Stack) -> None:
    new = shop.api.on_database(lambda database: create_client(database, OPERATOR, OPERATOR_SCOPES.keys()))
    operator = shop.api.token(Account(OPERATOR, new.client.client_id, new.secret))
    printed = run_page(
        "usage.md",
        shop.api.settings.port,
        feature_stack.settings,
        {
            "TOKEN": shop.token,
            "OPERATOR_TOKEN": operator,
            "AURORA_DEMO_TENANT_ID": shop.log.tenant_id,
        },
    )
    assert '"type":"/v1/problems/' not in printed
    assert printed.count('"periods":') == 2
    assert printed.count('"burst":60000') == 2
    assert "15000 requests a second, 45000 at once, set for it." in printed
    assert "15000 requests a second, 30000 at once, as every tenant." in printed
