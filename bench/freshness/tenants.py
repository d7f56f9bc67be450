"""Tenants of a running stack, made as an operator makes them, with the history that predictions need."""

import time
from uuid import uuid4

import httpx

from api.access.tenants import Region, Tier
from bench.freshness.gauges import Gauges
from bench.freshness.plan import Tenant
from bench.freshness.shop import Shop
from ops.demo.replay import fetch_token
from ops.settings import StackSettings
from ops.tenants import open_tenant

SEEN_WITHIN_S = 120.0
QUIET_FOR = 5
"""Readings, one a second: a window of the job may still be open, and the API keeps a lag for two seconds."""
MARKERS = 50
"""So many of a lag may be marks of transactions, and predictions that time alone brings."""


def open_tenants(settings: StackSettings, number: int) -> list[Tenant]:
    """So many new tenants, each with a token that holds for an hour.

    Their rate limit stays as it is for everyone: it counts requests, of which 30,000 events a second are about 100.
    """
    names = [f"Shop {uuid4()}" for _ in range(number)]
    made = [open_tenant(settings, name, Region.EU_CENTRAL_1, Tier.STANDARD) for name in names]
    with httpx.Client(base_url=settings.api_url) as client:
        return [
            Tenant(str(each.tenant.tenant_id), fetch_token(client, each.client_id, each.secret))
            for each in made
        ]


def send_history(settings: StackSettings, shop: Shop, gauges: Gauges) -> int:
    """A count and sales of each SKU; returns the number of events when all of them are in predictions."""
    sent = 0
    with httpx.Client(base_url=settings.api_url, timeout=30) as client:
        for body in shop.history():
            headers = {
                "Authorization": f"Bearer {body.tenant.token}",
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": str(uuid4()),
            }
            client.post("/v1/ingest/events", content=body.ndjson, headers=headers).raise_for_status()
            sent += body.events
    await_quiet(gauges, sent)
    return sent


def await_quiet(gauges: Gauges, messages: int) -> None:
    """Returns when the job has taken so many messages since it began, and the online store has what comes of them."""
    deadline, quiet = time.monotonic() + SEEN_WITHIN_S, 0
    while quiet < QUIET_FOR:
        reading = gauges.read()
        caught_up = reading.writer_lag is not None and reading.writer_lag <= MARKERS
        quiet = quiet + 1 if caught_up and reading.messages >= messages else 0
        assert time.monotonic() < deadline, f"{messages:,} events sent, and then {reading}"
        time.sleep(1)
