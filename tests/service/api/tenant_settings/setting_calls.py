"""Calls about settings as a test makes them, and what the stream is told."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from confluent_kafka import Consumer, TopicPartition
from service.api.running import Account, Running

from schemas import topics
from schemas.encoding import decoder

WITHIN_S = 5.0
NEW = {"If-None-Match": "*"}


class Calls:
    """One tenant's calls."""

    def __init__(self, api: Running, account: Account) -> None:
        self.api = api
        self.tenant_id = account.tenant_id
        self.authorization = f"Bearer {api.token(account)}"

    def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """A request with the tenant's token; ``body`` goes as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = self.authorization
        url = f"{self.api.url}/v1/{path}"
        return httpx.request(method, url, json=body, headers=named, timeout=10)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.call("GET", path, **headers)

    def put(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self.call("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> httpx.Response:
        return self.call("DELETE", path, **headers)

    def create(self, path: str, **setting: object) -> str:
        """Set something where nothing is; its ETag."""
        answer = self.put(path, setting, If_None_Match="*")
        assert answer.status_code == 201, answer.text
        return answer.headers["etag"]


def told(kafka: str, tenant_id: UUID) -> dict[str, dict[str, Any] | None]:
    """The newest record of each of the tenant's keys in the topic settings, by what follows the tenant in the key."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "tests",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    decode = decoder(topics.SETTINGS.schema)
    found: dict[str, dict[str, Any] | None] = {}
    try:
        consumer.assign([TopicPartition(topics.SETTINGS.name, 0, 0)])
        while True:
            message = consumer.poll(30)
            assert message is not None
            if message.error():
                return found
            tenant, _, rest = (message.key() or b"").decode().partition("|")
            if tenant == str(tenant_id):
                value = message.value()
                found[rest] = None if value is None else decode(value)
    finally:
        consumer.close()


def soon(holds: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Wait until something holds. Fails where it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not so within {within_s} s"
        time.sleep(0.05)
