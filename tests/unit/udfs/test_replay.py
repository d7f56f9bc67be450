"""History through the code of the stream says the same however it is cut."""

from itertools import chain

import pytest
from unit.udfs.simulated_shop import Shop, simulated_shop

from udfs.combined import Combined
from udfs.replay import Answer, Replay

SKUS = 12


@pytest.fixture(scope="module")
def shop() -> Shop:
    return simulated_shop(SKUS, days=12, doubles_on_day=8, seed=5)


def answers_of(shop: Shop, cut: bool = False) -> tuple[Replay, list[list[Answer]]]:
    replay = Replay(shop.keys)
    told = []
    for step, rows in enumerate(shop.steps):
        given = [(key, part) for key, row in rows for part in minute_by_minute(row)] if cut else rows
        told.append(replay.step(shop.at_ms(step), given))
    return replay, told


def minute_by_minute(row: Combined) -> list[Combined]:
    """The row as if each minute, and each announcement, had arrived alone, in order of time."""
    parts = [
        (
            totals.minute,
            row._replace(newest_occurred_ms=totals.minute * 60_000, minutes=(totals,), inbound=()),
        )
        for totals in row.minutes
    ]
    parts += [
        (
            order.announced,
            row._replace(newest_occurred_ms=order.announced * 60_000, minutes=(), inbound=(order,)),
        )
        for order in row.inbound
    ]
    return [part for _, part in sorted(parts, key=lambda part: part[0])]


def test_answers_are_probabilities_of_what_is_on_the_shelf(shop: Shop) -> None:
    replay, told = answers_of(shop)
    assert all(0 <= answer.probability <= 1 for answer in chain(*told))
    on_shelf = [key for key, state in enumerate(replay.states) if state.ledger.stock > 0]
    assert [answer.key for answer in told[-1]] == on_shelf
    # the shop runs out now and then, so some answers are left out
    assert sum(map(len, told)) < SKUS * len(shop.steps)


def test_the_same_history_gives_the_same_answers_and_versions(shop: Shop) -> None:
    (first, told), (second, told_again) = answers_of(shop), answers_of(shop)
    assert told == told_again
    assert first.versions == second.versions != []


def test_rows_cut_minute_by_minute_change_nothing(shop: Shop) -> None:
    (whole, told), (cut, told_of_cut) = answers_of(shop), answers_of(shop, cut=True)
    assert told == told_of_cut
    assert whole.versions == cut.versions
    assert whole.states == cut.states


def test_answers_name_the_version_they_were_made_with(shop: Shop) -> None:
    replay, told = answers_of(shop)
    assert {answer.model_version for answer in told[-1]} == {replay.versions[-1].model_version}
    assert {answer.model_version for answer in told[0]} == {"nb-2"}


def test_without_learning_there_is_one_version(shop: Shop) -> None:
    replay = Replay(shop.keys, learning=False)
    told = chain(*(replay.step(shop.at_ms(step), rows) for step, rows in enumerate(shop.steps)))
    assert {answer.model_version for answer in told} == {"nb-2"}
    assert replay.versions == []
