"""What a digest holds, and in which order."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from unit.delivery.digest.mornings import DAY, SIX_IN_BERLIN, a_morning, risk

from api.alerts.predictions import Prediction
from delivery.digest.contents import LEAST, MOST_ROWS, compose

times = st.none() | st.integers(-60, 1_440).map(lambda minutes: SIX_IN_BERLIN + timedelta(minutes=minutes))
risks = st.builds(
    lambda sku, warehouse, probability, at: risk(sku, warehouse, probability, predicted_oos_at=at),
    *(st.sampled_from(["A", "B", "C"]), st.sampled_from(["x", "y"])),
    *(st.floats(0, 1), times),
)


def of(predictions: list[Prediction]) -> list[tuple[str, list[str]]]:
    digest = compose("tenant", DAY, predictions, None)
    return [(warehouse.name, [risk.sku for risk in warehouse.risks]) for warehouse in digest.warehouses]


def test_warehouses_come_by_name_and_what_runs_out_first_comes_first() -> None:
    assert [(each.name, [risk.sku for risk in each.risks]) for each in a_morning().warehouses] == [
        ("Berlin", ["DARJEELING-FIRST-FLUSH-100", "ASSAM-250", "MINZE-50"]),
        ("Hamburg <Hafen>", ["EARL-GREY-1KG", "ROOIBOS-250"]),
        ("München", ["SENCHA-100"]),
    ]


def test_ninety_percent_is_not_more_than_ninety_percent() -> None:
    assert of([risk("A", "x", LEAST), risk("B", "x", 0.9001)]) == [("x", ["B"])]


@given(st.lists(risks, max_size=30), st.randoms(use_true_random=False))
def test_everything_above_is_there_once_in_whatever_order_it_was_read(
    predictions: list[Prediction], chance: object
) -> None:
    digest = compose("tenant", DAY, predictions, None)
    expected = sorted(repr(each) for each in predictions if each.probability > LEAST)
    assert sorted(map(repr, digest.every_risk)) == expected
    assert sorted(repr(each) for warehouse in digest.warehouses for each in warehouse.risks) == expected
    shuffled = [*predictions]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert [
        (warehouse.name, [(each.sku, each.probability) for each in warehouse.risks])
        for warehouse in compose("tenant", DAY, shuffled, None).warehouses
    ] == [
        (warehouse.name, [(each.sku, each.probability) for each in warehouse.risks])
        for warehouse in digest.warehouses
    ]


def test_of_very_many_the_most_urgent_are_in_the_body() -> None:
    many = [
        risk(f"S{number}", f"W{number % 3}", 0.95, predicted_oos_at=SIX_IN_BERLIN + timedelta(minutes=number))
        for number in range(MOST_ROWS + 50)
    ]
    digest = compose("tenant", DAY, reversed(many), None)
    assert digest.left_out == 50
    assert len(digest.every_risk) == MOST_ROWS + 50
    shown = {each.sku for warehouse in digest.warehouses for each in warehouse.risks}
    assert shown == {f"S{number}" for number in range(MOST_ROWS)}
