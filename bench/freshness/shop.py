"""What is sold: tenants, their SKUs by Zipf's law, and the bodies of requests that tell of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy

from bench.freshness.plan import Tenant

ZIPF_EXPONENT = 0.8
WAREHOUSE = "W1"
UNITS_A_SALE = 2
"""On average: 1, 2 or 3."""
LEAST_COVER_H, MOST_COVER_H = 0.5, 72.0
"""How long the stock of a SKU lasts when the load begins; about a third is at risk within 24 hours."""
FEWEST_EVENTS, MOST_EVENTS = 100, 500
"""In one request."""
SALES_SHARE = 0.95
OTHER_EVENTS = ("order.cancelled", "return.received", "stock.received")
SEEDED_SALES = 3
"""Of each SKU, before the load begins."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body, ready to be sent by its tenant as often as wanted: its events have no ids and happen now."""

    tenant: Tenant
    events: int
    ndjson: bytes


class Shop:
    """So many SKUs over these tenants; all randomness is by the seed."""

    def __init__(self, tenants: Sequence[Tenant], skus: int, rate: float, seed: int = 5) -> None:
        """``rate``: sales a second, by which stocks are chosen."""
        self._tenants = tenants
        self._random = numpy.random.default_rng(seed)
        weights = 1.0 / numpy.arange(1, skus + 1) ** ZIPF_EXPONENT
        self._shares = weights / weights.sum()
        self._rate = rate

    def history(self) -> Iterator[Body]:
        """A count and some sales of each SKU."""
        cover_s = 3600 * self._random.uniform(LEAST_COVER_H, MOST_COVER_H, len(self._shares))
        stocks = numpy.ceil(cover_s * self._rate * self._shares * UNITS_A_SALE).astype(int)
        for number, tenant in enumerate(self._tenants):
            skus = range(number, len(self._shares), len(self._tenants))
            counts = (_line(tenant, "stock.counted", sku, int(stocks[sku])) for sku in skus)
            sales = (_line(tenant, "order.created", sku, 1) for sku in skus for _ in range(SEEDED_SALES))
            for lines in (counts, sales):
                while some := list(islice(lines, MOST_EVENTS)):
                    yield Body(tenant, len(some), b"\n".join(some))

    def sales(self, bodies: int) -> list[Body]:
        """So many bodies of 100 to 500 events of SKUs by their shares, each body of one tenant."""
        tenants = len(self._tenants)
        shares = [self._shares[number::tenants] for number in range(tenants)]
        of_tenants = [share.sum() for share in shares]
        return [
            self._body(number, shares[number] / of_tenants[number])
            for number in self._random.choice(tenants, bodies, p=of_tenants)
        ]

    def _body(self, number: int, shares: "numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]") -> Body:
        tenant, size = self._tenants[number], int(self._random.integers(FEWEST_EVENTS, MOST_EVENTS + 1))
        skus = self._random.choice(len(shares), size, p=shares) * len(self._tenants) + number
        units = self._random.integers(1, 4, size)
        is_sale = self._random.random(size) < SALES_SHARE
        others = self._random.choice(OTHER_EVENTS, size)
        lines = (
            _line(tenant, "order.created" if sale else str(other), int(sku), int(qty))
            for sku, qty, sale, other in zip(skus, units, is_sale, others, strict=True)
        )
        return Body(tenant, size, b"\n".join(lines))


def sku_name(number: int) -> str:
    return f"SKU-{number:06d}"


def probe_line(tenant: Tenant, sku: str, stock: int) -> bytes:
    """An event that sets the stock of a SKU."""
    return _event(tenant, "stock.counted", {"sku": sku, "warehouse": WAREHOUSE, "qty": stock})


def _line(tenant: Tenant, event_type: str, sku: int, qty: int) -> bytes:
    payload: dict[str, object] = {"sku": sku_name(sku), "warehouse": WAREHOUSE, "qty": qty}
    if event_type == "order.created":
        payload |= {"price": "4.20", "currency": "EUR"}
    return _event(tenant, event_type, payload)


def _event(tenant: Tenant, event_type: str, payload: dict[str, object]) -> bytes:
    return json.dumps(
        {"tenant_id": tenant.tenant_id, "event_type": event_type, "payload": payload}, separators=(",", ":")
    ).encode()
