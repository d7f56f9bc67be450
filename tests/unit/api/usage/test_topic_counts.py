"""What messages of the topics tell of usage."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prediction_records import NOON_MS, TENANT

from api.usage.stored_usage import Usage
from api.usage.topic_counts import Counted
from schemas.encoding import encoder

HOUR_MS = 3_600_000
NOON = NOON_MS // HOUR_MS


@dataclass(frozen=True)
class Arrived:
    """A message as the client gives it."""

    of_topic: str
    at: int
    content: bytes | None

    def topic(self) -> str:
        return self.of_topic

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes | None:
        return self.content


def events(at: int, count: int, accepted_at: int = NOON_MS, tenant_id: str = TENANT) -> Any:
    record = {"tenant_id": tenant_id, "events": count, "accepted_at": accepted_at}
    return Arrived("ingest-counts", at, encoder("ingest_count")(record))


def alert(at: int, change: str) -> Any:
    record = {
        **{"alert_id": "a", "change": change, "tenant_id": TENANT, "sku": "s", "warehouse": "w"},
        **{"raised_at": NOON_MS, "changed_at": NOON_MS, "threshold": 0.7, "probability": 0.9, "stock": 1},
        "model_version": "m",
    }
    return Arrived("alerts", at, encoder("alert")(record))


def test_events_are_added_up_by_tenant_and_hour_and_raised_alerts_counted() -> None:
    counted = Counted.of(
        [
            events(3, 500),
            events(4, 2, NOON_MS + HOUR_MS - 1),
            events(7, 1, NOON_MS + HOUR_MS),
            alert(0, "raised"),
            alert(1, "updated"),
            alert(2, "resolved"),
        ]
    )
    tenant = UUID(TENANT)
    assert counted.used == {
        (tenant, NOON): Usage(events=502, alerts=1),
        (tenant, NOON + 1): Usage(events=1),
    }
    assert counted.next == {("ingest-counts", 0): 8, ("alerts", 0): 3}


def test_what_cannot_be_read_is_passed_over() -> None:
    broken: list[Any] = [
        Arrived("ingest-counts", 1, b"x"),
        Arrived("alerts", 1, None),
        events(2, 5, tenant_id="acme"),
    ]
    counted = Counted.of([*broken, events(3, 5)])
    assert counted.used == {(UUID(TENANT), NOON): Usage(events=5)}
    assert counted.next == {("ingest-counts", 0): 4, ("alerts", 0): 2}
