"""Simulated stock around real sales."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.demo.make_sample import DAYS, EVENING, LARGEST_SHOP_COUNT, MORNING, SKUS, choose, sample, simulate

HOURS = DAYS * 24

sales_by_hour = st.dictionaries(st.integers(0, HOURS - 1), st.integers(1, 30), min_size=1, max_size=60)


@given(key=st.text(max_size=5), sold=sales_by_hour)
def test_stock_never_goes_below_nothing_and_no_sale_grows(key: str, sold: dict[int, int]) -> None:
    stock = 0
    for hour, kind, qty, _ in simulate(key, pd.Series(sold), HOURS):
        assert qty > 0
        if kind == "order.created":
            assert qty <= sold[math.floor(hour)]
            stock -= qty
        elif kind != "stock.inbound":
            stock += qty
        assert stock >= 0


@given(key=st.text(max_size=5), sold=sales_by_hour)
def test_what_is_ordered_arrives_two_to_four_mornings_later(key: str, sold: dict[int, int]) -> None:
    events = list(simulate(key, pd.Series(sold), HOURS))
    due: dict[float, int] = {}
    for hour, kind, qty, arrival in events:
        if kind == "stock.inbound":
            assert hour % 24 == EVENING and arrival % 24 == MORNING
            assert 24 < arrival - hour < 4 * 24
            due[arrival] = due.get(arrival, 0) + qty
    received = {hour: qty for hour, kind, qty, _ in events if kind == "stock.received"}
    assert received == {hour: qty for hour, qty in due.items() if hour < HOURS}


@pytest.fixture
def sales() -> pd.DataFrame:
    """A hundred days of twelve SKUs: SKU n is sold by n + 1 shops, one unit every hour of the day."""
    hours = pd.date_range("2024-01-01", periods=100 * 24, freq="6h")
    frames = [
        pd.DataFrame({"ts": hours, "sku_id": sku, "warehouse_id": shop, "qty": 1})
        for sku in range(12)
        for shop in range(sku + 1)
    ]
    return pd.concat(frames, ignore_index=True)


def test_the_most_widespread_products_of_the_last_days_are_chosen(sales: pd.DataFrame) -> None:
    chosen = choose(sales)
    assert set(chosen.sku_id) == set(range(12 - SKUS, 12))
    assert chosen.groupby("sku_id").warehouse_id.nunique().max() == LARGEST_SHOP_COUNT
    assert chosen.ts.max() - chosen.ts.min() < pd.Timedelta(days=DAYS)
    assert chosen.ts.max() == sales.ts.max()


def test_the_same_sales_always_give_the_same_sample(sales: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(sample(sales), sample(sales.sample(frac=1, random_state=1)))
