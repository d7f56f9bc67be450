"""What a shop's program asks of the API, and waiting for its effect."""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import uuid4

import httpx

Answer = TypeVar("Answer")


def eventually(look: Callable[[], Answer], fits: Callable[[Answer], bool], limit_s: float) -> Answer:
    """The first answer that fits."""
    deadline = time.monotonic() + limit_s
    while not fits(answer := look()):
        assert time.monotonic() < deadline, f"after {limit_s} s it was still {answer}"
        time.sleep(0.2)
    return answer


def send(
    api: httpx.Client, tenant_id: str, events: Iterable[tuple[str, dict[str, Any]]], key: str | None = None
) -> httpx.Response:
    """POST events of (type, payload), under a new idempotency key unless one is given."""
    lines = "\n".join(
        json.dumps({"tenant_id": tenant_id, "event_type": kind, "payload": payload})
        for kind, payload in events
    )
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key or str(uuid4())}
    return api.post("/v1/ingest/events", content=lines, headers=headers)


def post(
    api: httpx.Client, tenant_id: str, events: Iterable[tuple[str, dict[str, Any]]], key: str | None = None
) -> httpx.Response:
    """POST events that must be taken."""
    answer = send(api, tenant_id, events, key)
    assert answer.status_code == 202, answer.text
    return answer


def risks(api: httpx.Client, sku: str) -> list[dict[str, Any]]:
    """What is known of a SKU in all its warehouses, however small the risk."""
    answer = api.get("/v1/stock/alerts", params={"sku": sku, "threshold": "0"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found
