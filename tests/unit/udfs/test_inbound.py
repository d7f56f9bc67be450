"""Announced orders wait until they are received, or overdue for long."""

from hypothesis import given
from hypothesis import strategies as st

from udfs.combined import Inbound, MinuteTotals
from udfs.inbound import MOST, OVERDUE_MINUTES, InboundOrders

orders = st.builds(Inbound, st.integers(0, 100), st.integers(1, 50), st.integers(100, 3000))


def receipt(minute: int, units: int) -> MinuteTotals:
    return MinuteTotals(minute, delta=units, received=units)


def test_a_receipt_takes_its_order_off() -> None:
    inbound = InboundOrders()
    inbound.apply([Inbound(0, 40, 500)], [], 0)
    inbound.apply([], [receipt(500, 40)], 500)
    assert inbound.outstanding == []


def test_a_part_received_leaves_the_rest() -> None:
    inbound = InboundOrders()
    inbound.apply([Inbound(0, 40, 500), Inbound(0, 10, 400)], [receipt(450, 25)], 450)
    assert inbound.outstanding == [Inbound(0, 25, 500)]


def test_goods_received_before_an_order_was_announced_are_not_that_order() -> None:
    inbound = InboundOrders()
    inbound.apply([Inbound(600, 40, 900)], [receipt(500, 40)], 600)
    assert inbound.outstanding == [Inbound(600, 40, 900)]


def test_an_order_long_overdue_is_forgotten() -> None:
    inbound = InboundOrders([Inbound(0, 40, 500)])
    inbound.apply([], [MinuteTotals(1000)], 500 + OVERDUE_MINUTES)
    assert inbound.outstanding == [Inbound(0, 40, 500)]
    inbound.apply([], [MinuteTotals(1000)], 501 + OVERDUE_MINUTES)
    assert inbound.outstanding == []


@given(st.lists(orders, max_size=20))
def test_memory_is_bounded_and_no_unit_is_lost_or_early(announced: list[Inbound]) -> None:
    inbound = InboundOrders()
    for order in announced:
        inbound.apply([order], [], 0)
    kept = inbound.outstanding
    assert len(kept) <= MOST
    assert sum(order.qty for order in kept) == sum(order.qty for order in announced)
    assert [order.expected for order in kept] == sorted(order.expected for order in kept)
    for moment in range(100, 3001, 50):
        by_then = sum(order.qty for order in announced if order.expected <= moment)
        assert sum(order.qty for order in kept if order.expected <= moment) <= by_then


@given(st.permutations([Inbound(3, 1, 40), Inbound(1, 2, 30), Inbound(2, 3, 20)]))
def test_announcements_may_come_in_any_order(announced: list[Inbound]) -> None:
    inbound = InboundOrders()
    for order in announced:
        inbound.apply([order], [], 0)
    assert inbound.outstanding == [Inbound(2, 3, 20), Inbound(1, 2, 30), Inbound(3, 1, 40)]
