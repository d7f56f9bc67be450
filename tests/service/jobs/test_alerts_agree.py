"""Settings and alerts from the API through the real job and writer and back: soon, and everywhere the same."""

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from service.jobs.following import delay_until_in_force, in_force, now_ms
from service.jobs.tenant_log import REFRESH, TenantLog, eventually

from api.access.clients import SCOPES
from api.access.tenants import Region, Tier
from ops.parts.services import API, ONLINE_WRITER
from ops.preparation import prepare_files
from ops.stack import Stack
from ops.tenants import Credentials, open_tenant

pytestmark = pytest.mark.service

SKUS = [f"S{number}" for number in range(30)]
HOUR_MS = 3_600_000
# the topic shows a change once a checkpoint commits it, the API as soon as it is written
SETTLED = timedelta(seconds=60)
SOON = timedelta(seconds=5)


class Shop:
    """A tenant that sells, sets thresholds, and asks."""

    def __init__(self, stack: Stack, credentials: Credentials) -> None:
        url = f"http://127.0.0.1:{stack.settings.api_port}"
        form = {"grant_type": "client_credentials"}
        auth = (credentials.client_id, credentials.secret)
        token = httpx.post(f"{url}/v1/oauth/token", data=form, auth=auth).json()["access_token"]
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        self.log = TenantLog(stack.settings.kafka_bootstrap, credentials.tenant.tenant_id)

    def put(self, path: str, **settings: Any) -> int:
        """Whatever is set there now; returns when it was answered (Unix time in ms)."""
        etag = self._http.get(path).headers.get("etag")
        precondition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        answer = self._http.put(path, json=settings, headers=precondition)
        answered_ms = now_ms()
        assert answer.status_code in (200, 201), answer.text
        return answered_ms

    def by_api(self) -> set[str]:
        """SKUs with an alert in force, page by page."""
        found: set[str] = set()
        path = "/v1/stock/alerts?limit=10"
        while path:
            answer = self._http.get(path)
            assert answer.status_code == 200, answer.text
            found |= {each["sku"] for each in answer.json()}
            path = answer.links["next"]["url"] if "next" in answer.links else ""
        return found

    def by_topic(self) -> set[str]:
        """SKUs whose newest change is not that their alert was resolved."""
        newest = {each["sku"]: each["change"] for each in self.log.alerts()}
        return {sku for sku, change in newest.items() if change != "resolved"}

    def close(self) -> None:
        self._http.close()


@pytest.fixture
def shop(risk_job: Stack) -> Iterator[Shop]:
    prepare_files(risk_job.settings)
    risk_job.up({API, ONLINE_WRITER})
    name = f"shop {time.time_ns()}"
    shop = Shop(risk_job, open_tenant(risk_job.settings, name, Region.EU_CENTRAL_1, Tier.STANDARD, {*SCOPES}))
    yield shop
    shop.close()


def test_a_change_over_http_reaches_quiet_skus_within_seconds(shop: Shop) -> None:
    log = shop.log
    start_ms = time.time_ns() // 1_000_000 - 48 * HOUR_MS
    for sku in SKUS:
        log.send([log.event("stock.counted", sku, 48 + 25, start_ms)])
        log.send(log.event("order.created", sku, 1, start_ms + hour * HOUR_MS) for hour in range(1, 48))
    eventually(lambda: log.predictions().keys() == set(SKUS))

    assert in_force(log) == set()
    # from the answer through the outbox, Kafka and Flink to the predictions; a refresh comes every 15 s
    answered_ms = shop.put("/v1/settings", threshold=0.01)
    assert delay_until_in_force(log, set(SKUS), answered_ms) < SOON
    answered_ms = shop.put("/v1/settings", threshold=0.99)
    assert delay_until_in_force(log, set(), answered_ms) < SOON


@pytest.mark.timeout(400)
def test_the_topic_and_the_api_have_the_same_alerts_in_force(shop: Shop) -> None:
    chance, log = random.Random(11), shop.log
    start_ms = time.time_ns() // 1_000_000 - 48 * HOUR_MS
    for number, sku in enumerate(SKUS):
        log.send([log.event("stock.counted", sku, 48 + 2 * number, start_ms)])
        log.send(log.event("order.created", sku, 1, start_ms + hour * HOUR_MS) for hour in range(1, 48))
    eventually(lambda: log.predictions().keys() == set(SKUS))
    for round in range(6):
        shop.put("/v1/settings", threshold=chance.choice([0.2, 0.5, 0.9]))
        shop.put(f"/v1/settings/skus/{chance.choice(SKUS)}", threshold=chance.choice([0.0, 1.0]))
        shop.put(f"/v1/settings/skus/{chance.choice(SKUS)}/warehouses/W1", horizon_hours=[6, 48][round % 2])
        log.send(log.event("order.created", sku, chance.randint(1, 5)) for sku in chance.sample(SKUS, 5))
        log.send(log.event("stock.received", sku, 40) for sku in chance.sample(SKUS, 2))
        time.sleep(1)
    # refreshes come on top of it, each SKU at its own time
    time.sleep(REFRESH.total_seconds())
    agreed = 0

    def agree() -> bool:
        nonlocal agreed
        agreed = agreed + 1 if shop.by_api() == shop.by_topic() else 0
        return agreed == 3

    eventually(agree, SETTLED)
    assert set() < shop.by_topic() < set(SKUS)
    changes = [each["change"] for each in log.alerts()]
    assert {"raised", "resolved"} <= set(changes)
    # each alert is raised once, and its changes come in order
    ids = [each["alert_id"] for each in log.alerts() if each["change"] == "raised"]
    assert len(ids) == len(set(ids))
