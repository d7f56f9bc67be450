"""The delivery as a process on a database, and what tests do beside it."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

from confluent_kafka import Producer

from api.access.sealing import key_of
from api.access.tenants import Region, Tier, create_tenant
from api.audit.audit_log import Actor
from api.database import Database
from api.settings import Settings
from api.webhooks.delivery_log import DeliveryLog, LogEntry
from api.webhooks.messages import EVENT_TYPES
from api.webhooks.signing_secrets import shown
from api.webhooks.subscription import LogQuery, Subscription
from api.webhooks.tables import WebhookRow
from api.webhooks.webhook_store import Caller, WebhookStore
from ops.settings import PROJECT
from schemas import topics
from schemas.encoding import encoder

Answer = TypeVar("Answer")

WITHIN_S = 60.0
STOPS_WITHIN_S = 30


def eventually(holds: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Wait until it holds; fail if it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


class Delivering:
    """``python -m delivery`` with short waits, on a database that the test works on too."""

    def __init__(self, settings: Settings, folder: Path, **environment: str) -> None:
        self.settings = settings
        self._log = folder / "delivery.log"
        self._environment = {
            **os.environ,
            "AURORA_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "AURORA_REDIS_URL": settings.redis_url,
            "AURORA_DATABASE_URL": settings.database_url,
            "AURORA_ENCRYPTION_KEY": settings.encryption_key.get_secret_value(),
            "AURORA_WEBHOOK_ALLOW_LOOPBACK": "1",
            "AURORA_WEBHOOK_TIME_LIMIT": "PT1S",
            "AURORA_WEBHOOK_FIRST_RETRY": "PT0.002S",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it reads alerts."""
        if self._process is not None and self._process.poll() is None:
            return
        begin = self._log.stat().st_size if self._log.exists() else 0
        self.launch()
        eventually(lambda: b"reading on" in self._log.read_bytes()[begin:])

    def launch(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "delivery"), env=self._environment, cwd=PROJECT, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOPS_WITHIN_S)

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOPS_WITHIN_S)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def on_database(self, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
        """What ``work`` gives on the database, from another process's point of view."""

        async def run() -> Answer:
            database = Database(self.settings.database_url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(run())


class Tenant:
    """A tenant of a test's own, with webhooks."""

    def __init__(self, delivering: Delivering) -> None:
        self._delivering = delivering
        self.tenant_id: UUID = delivering.on_database(
            lambda database: create_tenant(database, f"tenant {uuid4()}", Region.EU_CENTRAL_1, Tier.STANDARD)
        ).tenant_id
        self.caller = Caller(self.tenant_id, Actor("client", "test", self.tenant_id))

    def webhook(self, url: str, **wanted: Any) -> tuple[str, str]:
        """Id and secret of a new webhook."""
        subscription = Subscription(url=url, **{"events": list(EVENT_TYPES), **wanted})
        row, secret = self.on_store(lambda store: store.create(self.caller, subscription))
        return row.webhook_id, shown(secret)

    def on_store(self, work: Callable[[WebhookStore], Awaitable[Answer]]) -> Answer:
        key = key_of(self._delivering.settings.encryption_key)
        return self._delivering.on_database(lambda database: work(WebhookStore(database, key)))

    def one(self, webhook_id: str) -> WebhookRow:
        return self.on_store(lambda store: store.one(self.tenant_id, webhook_id))

    def on_log(self, work: Callable[[DeliveryLog], Awaitable[Answer]]) -> Answer:
        return self._delivering.on_database(lambda database: work(DeliveryLog(database)))

    def entries(self, webhook_id: str) -> Sequence[LogEntry]:
        """The webhook's log, the newest first."""
        query = LogQuery(limit=10_000)
        return self.on_log(lambda log: log.page(self.caller, webhook_id, query)).entries

    def states(self, webhook_id: str) -> list[str]:
        return [entry.delivery.state for entry in self.entries(webhook_id)]

    def alert(self, sku: str = "TEA-1", change: str = "raised", **fields: Any) -> dict[str, Any]:
        """A record of the topic alerts; each is another change."""
        now_ms = time.time_ns() // 1_000_000
        return {
            "alert_id": str(uuid4()),
            "change": change,
            "tenant_id": str(self.tenant_id),
            "sku": sku,
            "warehouse": "berlin",
            "raised_at": now_ms,
            "changed_at": now_ms,
            "threshold": 0.7,
            "probability": 0.875,
            "predicted_oos_at": now_ms + 3_600_000,
            "stock": 3,
            "model_version": "nb-2.17-1f3a9c",
            **fields,
        }


def publish(kafka: str, alerts: Sequence[Mapping[str, Any]], *, committed: bool = True) -> None:
    """Write alerts as the job does: in one transaction, which is in Kafka when this returns."""
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": f"test-{uuid4()}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    encode = encoder(topics.ALERTS.schema)
    for alert in alerts:
        key = f"{alert['tenant_id']}|{alert['sku']}|{alert['warehouse']}"
        producer.produce(topics.ALERTS.name, encode(alert), key.encode())
        producer.poll(0)
    if committed:
        producer.commit_transaction(30)
    else:
        producer.flush(30)
        producer.abort_transaction(30)
