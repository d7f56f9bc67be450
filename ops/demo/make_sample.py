"""Makes sample.parquet from FreshRetailNet-50K: ``python -m ops.demo.make_sample SALES.parquet``.

The sales are real (hour, warehouse_id, sku_id, units sold). The data set has no stock levels, so these are simulated:
each evening a shop whose stock is low orders more, which arrives two to four mornings later; what is asked for while
the shelf is empty is not sold. The same input always gives the same sample.
"""

import math
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

DAYS = 28
SKUS = 8
LARGEST_SHOP_COUNT = 10  # of one SKU
EVENING, MORNING = 18, 6
SAMPLE = Path(__file__).with_name("sample.parquet")
EVENT_ORDER = ("stock.counted", "order.created", "stock.inbound", "stock.received")
"""Of events at the same instant."""


@dataclass
class Shelf:
    """Simulated stock of one SKU in one shop. Hours count from the start of the sample."""

    stock: int
    reorder_at: int
    fill_to: int
    due: dict[int, int] = field(default_factory=dict)
    """Units by the hour that they arrive."""

    def sell(self, asked: int) -> int:
        """Units that are really sold."""
        sold = min(asked, self.stock)
        self.stock -= sold
        return sold

    def receive(self, hour: int) -> int:
        """Units that arrive now."""
        arrived = self.due.pop(hour, 0)
        self.stock += arrived
        return arrived

    def reorder(self, arrival: int) -> int:
        """Units ordered now, for this hour of arrival."""
        expected = self.stock + sum(self.due.values())
        if expected > self.reorder_at:
            return 0
        self.due[arrival] = self.due.get(arrival, 0) + self.fill_to - expected
        return self.fill_to - expected


def choose(sales: pd.DataFrame) -> pd.DataFrame:
    """Sales of the last days, of the SKUs that most shops sell."""
    end = sales.ts.max().normalize() + pd.Timedelta(days=1)
    recent = sales[sales.ts >= end - pd.Timedelta(days=DAYS)]
    shops = recent.groupby("sku_id").warehouse_id.nunique()
    widespread = shops.sort_values(ascending=False, kind="stable").index[:SKUS]
    chosen: pd.DataFrame = recent[recent.sku_id.isin(widespread)]
    rank = chosen.groupby("sku_id").warehouse_id.rank(method="dense")
    return chosen.loc[rank <= LARGEST_SHOP_COUNT]


def simulate(key: str, sold_by_hour: "pd.Series[int]", hours: int) -> Iterator[tuple[float, str, int, float]]:
    """Events (hour, type, qty, hour at which an inbound order is due, else NaN) of one SKU in one shop."""
    chance = np.random.default_rng(zlib.crc32(key.encode()))
    per_day = sold_by_hour.sum() / DAYS
    reorder_at = math.ceil(per_day * chance.uniform(2.5, 5))
    shelf = Shelf(
        stock=reorder_at + math.ceil(per_day * chance.uniform(1, 3)),
        reorder_at=reorder_at,
        fill_to=reorder_at + math.ceil(per_day * chance.uniform(2, 5)),
    )
    yield 0.0, "stock.counted", shelf.stock, math.nan
    for hour in range(hours):
        if arrived := shelf.receive(hour):
            yield float(hour), "stock.received", arrived, math.nan
        # the data are sums of an hour, so a sale stands in its middle
        if sold := shelf.sell(int(sold_by_hour.get(hour, 0))):
            yield hour + 0.5, "order.created", sold, math.nan
        if hour % 24 == EVENING:
            arrival = hour - EVENING + MORNING + 24 * int(chance.integers(2, 5))
            if ordered := shelf.reorder(arrival):
                yield float(hour), "stock.inbound", ordered, float(arrival)


def sample(sales: pd.DataFrame) -> pd.DataFrame:
    """All events in time order: ``occurred_at`` and ``expected_at`` (UTC), ``event_type``, ``sku``, ``warehouse``, ``qty``."""
    chosen = choose(sales)
    start = chosen.ts.min().normalize()
    chosen = chosen.assign(hour=(chosen.ts - start) // pd.Timedelta(hours=1))
    rows = [
        (*event, f"product-{sku}", f"store-{shop}")
        for (sku, shop), series in chosen.groupby(["sku_id", "warehouse_id"])
        for event in simulate(f"{sku}-{shop}", series.groupby("hour").qty.sum(), DAYS * 24)
    ]
    events = pd.DataFrame(rows, columns=["hour", "event_type", "qty", "due", "sku", "warehouse"])
    events["event_type"] = pd.Categorical(events.event_type, EVENT_ORDER, ordered=True)
    events = events.sort_values(["hour", "event_type", "sku", "warehouse"], ignore_index=True)
    return pd.DataFrame(
        {
            "occurred_at": _utc(start, events.hour),
            "event_type": events.event_type.astype(str),
            "sku": events.sku,
            "warehouse": events.warehouse,
            "qty": events.qty.astype("int32"),
            "expected_at": _utc(start, events.due),
        }
    )


def _utc(start: pd.Timestamp, hours: "pd.Series[float]") -> "pd.Series[pd.Timestamp]":
    # where a float is missing, pandas rounds whatever the memory holds, which may overflow
    times = start + pd.to_timedelta(hours.fillna(0), unit="h")
    return times.where(hours.notna()).dt.tz_localize("UTC").astype("datetime64[ms, UTC]")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    made = sample(pd.read_parquet(sys.argv[1]))
    made.to_parquet(SAMPLE, compression="zstd", index=False)
    print(f"{SAMPLE}: {len(made)} events, {SAMPLE.stat().st_size} bytes")
