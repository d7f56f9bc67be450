"""A thousand alerts for fifty endpoints, of which some are dead or slow, while the delivery is killed."""

import json
import time
from collections.abc import Mapping, Sequence

import pytest
from service.delivery.webhooks.delivering import Delivering, Tenant, eventually, publish
from service.delivery.webhooks.receiver import Behaviour, Receiver, answer, close, hang, slowly
from standardwebhooks import Webhook

pytestmark = pytest.mark.service

ENDPOINTS = 50
SKUS = 5
CHANGES = ("raised", "updated", "resolved", "updated")
BAD: Sequence[Behaviour] = [
    *[hang] * 3,
    *[answer(500)] * 3,
    *[close] * 2,
    *[slowly(0.8)] * 2,
]
"""What the first of the endpoints do."""


class Fan:
    """Fifty webhooks of one tenant, each for SKUs of its own."""

    def __init__(self, tenant: Tenant, receiver: Receiver) -> None:
        self._tenant = tenant
        self._receiver = receiver
        self.secrets: dict[int, str] = {}
        self.ids: dict[int, str] = {}
        for number in range(ENDPOINTS):
            behaviour = BAD[number] if number < len(BAD) else answer()
            url = receiver.at(f"/{number}", behaviour)
            self.ids[number], self.secrets[number] = tenant.webhook(url, skus=self.skus(number))

    @property
    def healthy(self) -> range:
        return range(len(BAD), ENDPOINTS)

    def skus(self, number: int) -> list[str]:
        return [f"SKU-{number}-{each}" for each in range(SKUS)]

    def alerts(self) -> list[Mapping[str, object]]:
        """Four for each SKU, as they follow each other in time; those of the endpoints are mixed."""
        now_ms = time.time_ns() // 1_000_000
        return [
            self._tenant.alert(sku, change, changed_at=now_ms + place)
            for place, change in enumerate(CHANGES)
            for number in range(ENDPOINTS)
            for sku in self.skus(number)
        ]

    def arrived(self, number: int) -> int:
        """How many different messages an endpoint was sent."""
        return len({taken.message_id for taken in list(self._receiver.taken[f"/{number}"])})

    def first_told(self, number: int, sku: str) -> list[str]:
        """The changes of a SKU in the order in which they first came, each with a good signature."""
        seen: dict[str, str] = {}
        for taken in self._receiver.taken[f"/{number}"]:
            told = Webhook(self.secrets[number]).verify(taken.body, dict(taken.headers))
            if told["data"]["sku"] == sku:
                seen.setdefault(taken.message_id, told["data"]["changed_at"])
        return list(seen.values())


def test_nothing_is_lost_whoever_fails_and_whoever_is_killed(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    fan = Fan(tenant, receiver)
    alerts = fan.alerts()
    each = SKUS * len(CHANGES)
    assert len(alerts) == 1_000
    publish(kafka, alerts)
    for part in (0.1, 0.5):
        eventually(
            lambda: sum(fan.arrived(number) for number in fan.healthy) >= part * each * len(fan.healthy)
        )
        delivering.kill()
        delivering.start()
    eventually(lambda: all(fan.arrived(number) == each for number in fan.healthy))
    for number in fan.healthy:
        for sku in fan.skus(number):
            told = fan.first_told(number, sku)
            assert told == sorted(told) and len(told) == len(CHANGES)
    # those who fail have lost nothing either: it is in the outbox, or was told to have been given up
    for number in range(len(BAD)):
        entries = tenant.entries(fan.ids[number])
        assert len(entries) == each
        assert {entry.delivery.state for entry in entries} <= {"waiting", "failed", "delivered"}


def test_each_is_told_once_where_nobody_is_killed(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    publish(kafka, [tenant.alert(f"TEA-{number}") for number in range(300)])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 300)
    told = [json.loads(taken.body)["data"]["sku"] for taken in receiver.taken["/hook"]]
    assert sorted(told) == sorted(f"TEA-{number}" for number in range(300))
