"""Stock is the same however the log was cut and in whatever order it came, and memory stays bounded."""

from hypothesis import given
from hypothesis import strategies as st
from unit.udfs.histories import FIRST_MINUTE, STOCK_KINDS, arrivals, stock_events, true_stock

from udfs.combined import COUNTED, EventKind, MinuteTotals, StockEvent
from udfs.ledger import EXACT, MOST, Ledger

MOST_NARROW, MOST_WIDE = MOST[4], MOST[8]
# as many minutes as are kept one by one
logs = st.lists(stock_events(minutes=MOST_NARROW, kinds=STOCK_KINDS), min_size=1, max_size=80)


def change(minute: int, delta: int) -> MinuteTotals:
    return MinuteTotals(FIRST_MINUTE + minute, delta=delta)


def count(minute: int, stock: int) -> MinuteTotals:
    return MinuteTotals(FIRST_MINUTE + minute, COUNTED, stock)


def receipt(minute: int, units: int) -> MinuteTotals:
    return MinuteTotals(FIRST_MINUTE + minute, delta=units, received=units)


def ledger_of(*totals: MinuteTotals) -> Ledger:
    ledger = Ledger()
    for one in totals:
        ledger.apply(one)
    return ledger


@given(st.data(), logs)
def test_any_split_and_any_allowed_order_gives_the_stock_of_the_whole_log(
    data: st.DataObject, log: list[StockEvent]
) -> None:
    assert ledger_of(*data.draw(arrivals(log))).stock == true_stock(log)


@given(st.data(), logs)
def test_whether_the_stock_is_known_does_not_depend_on_order_either(
    data: st.DataObject, log: list[StockEvent]
) -> None:
    first = min(event.occurred_ms // 60_000 for event in log)
    expected = any(event.kind is EventKind.STOCK_COUNTED for event in log) or any(
        event.kind is EventKind.STOCK_RECEIVED for event in log if event.occurred_ms // 60_000 == first
    )
    assert ledger_of(*data.draw(arrivals(log))).stock_known == expected


@given(st.permutations(range(300)), st.integers(0, 5000))
def test_beyond_memory_the_stock_stays_exact_where_no_count_is_late(order: list[int], counted: int) -> None:
    ledger = ledger_of(count(-1, counted))
    for minute in order:
        ledger.apply(change(minute * 7, minute % 5 - 3))
        assert len(ledger.ends) == len(ledger.changes) <= MOST_NARROW
    assert ledger.stock == counted + sum(minute % 5 - 3 for minute in order)
    assert list(ledger.ends) == sorted(set(ledger.ends))


@given(st.lists(st.integers(1, 4000), min_size=100, max_size=300), st.data())
def test_a_late_count_never_keeps_more_or_less_than_was_sold_around_it(
    gaps: list[int], data: st.DataObject
) -> None:
    minutes = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    late = data.draw(st.integers(1, minutes[-1]))
    ledger = ledger_of(count(0, 10_000), *(change(minute, -1) for minute in minutes))
    exact_from = list(ledger.ends)[ledger.joined - 1] - FIRST_MINUTE
    ledger.apply(count(late, 500))
    sold_after = sum(minute > late for minute in minutes)
    if late >= exact_from:
        assert ledger.stock == 500 - sold_after
    else:
        assert 500 - len(minutes) <= ledger.stock <= 500 - EXACT


def test_a_late_count_inside_a_block_of_even_pace_is_split_right() -> None:
    sales = [change(minute, -1) for minute in range(1, 2001)]
    for late in range(100, 2000, 100):
        ledger = ledger_of(count(0, 5000), *sales, count(late, 800))
        assert abs(ledger.stock - (800 - (2000 - late))) <= 1


def test_blocks_are_not_much_longer_than_their_age() -> None:
    ledger = ledger_of(count(0, 5000), *(change(minute, -1) for minute in range(1, 20_001)))
    ends = [FIRST_MINUTE, *ledger.ends]
    for begin, end in zip(ends, ends[1 : ledger.joined + 1]):
        assert end - begin <= 1.5 * (ends[-1] - end)


def test_the_newest_minutes_are_never_joined() -> None:
    ledger = ledger_of(count(0, 0), *(change(minute, 1) for minute in range(1, 1000)))
    assert EXACT < len(ledger.ends) <= MOST_NARROW
    assert list(ledger.ends)[-EXACT:] == [FIRST_MINUTE + minute for minute in range(1000 - EXACT, 1000)]


def test_a_sale_older_than_the_count_is_in_it_already() -> None:
    assert ledger_of(count(10, 50), change(9, -5)).stock == 50


def test_a_sale_of_the_minute_of_the_count_is_later_in_the_log() -> None:
    assert ledger_of(count(10, 50), change(10, -5)).stock == 45


def test_a_late_count_leaves_later_sales_on_top() -> None:
    assert ledger_of(count(0, 50), change(5, -5), change(15, -7), count(10, 40)).stock == 33


def test_a_count_older_than_the_count_in_force_changes_nothing() -> None:
    assert ledger_of(count(10, 50), change(12, -1), count(9, 99)).stock == 49


def test_a_late_sale_falls_into_the_block_of_its_time() -> None:
    sales = [change(minute, -1) for minute in range(1, 500)]
    ledger = ledger_of(count(0, 1000), *sales, change(3, -10), count(400, 600))
    assert ledger.stock == 600 - 99


def test_a_sale_before_all_else_of_an_uncounted_sku_counts() -> None:
    ledger = ledger_of(receipt(10, 100), *(change(minute, -1) for minute in range(11, 100)), change(5, -2))
    assert ledger.stock == 100 - 89 - 2


def test_before_any_event_nothing_is_known() -> None:
    assert not Ledger().stock_known


def test_a_sku_first_seen_by_its_receipt_is_known() -> None:
    assert ledger_of(change(12, -3), receipt(10, 100)).stock_known


def test_a_sku_that_sold_before_its_first_receipt_is_not_known() -> None:
    assert not ledger_of(receipt(10, 100), change(9, -3)).stock_known


def test_a_count_makes_any_stock_known() -> None:
    assert ledger_of(change(9, -3), receipt(10, 100), count(20, 7)).stock_known


def test_units_beyond_32_bits_are_kept_whole() -> None:
    wide, sold = 3 * 10**9, [change(minute, -(10**8)) for minute in range(1, 1000)]
    ledger = ledger_of(count(0, 0), *sold, change(1000, wide), change(1000, wide), change(500, 7))
    assert ledger.stock == 7 + 2 * wide - 999 * 10**8
    assert sum(ledger.changes) == ledger.stock
    assert len(ledger.ends) == len(ledger.changes) <= MOST_WIDE


@given(st.permutations([change(1, 3 * 10**9), change(2, -5), change(2, 2**31 - 1), change(3, -(10**10))]))
def test_a_change_beyond_32_bits_may_come_at_any_place(changes: list[MinuteTotals]) -> None:
    ledger = ledger_of(count(0, 7), *changes)
    assert ledger.stock == 7 + sum(totals.delta for totals in changes)
    assert list(ledger.changes) == [3 * 10**9, 2**31 - 6, -(10**10)]
    assert len(ledger.ends) == 3
