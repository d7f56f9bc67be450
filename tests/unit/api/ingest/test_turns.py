"""Batches share the event loop: no turn of it does more lines than may be, however many batches wait."""

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from api.ingest.turns import Turns

A_TURN = 10


class Loop:
    """Counts the turns of the loop while batches do their lines."""

    def __init__(self) -> None:
        self.turns = Turns(A_TURN)
        self.number = 0
        self.done: Counter[int] = Counter()
        """Lines by the turn in which they were done."""
        self.finished: list[int] = []

    async def count(self) -> None:
        while True:
            self.number += 1
            await asyncio.sleep(0)

    async def batch(self, name: int, lines: int) -> None:
        while lines:
            granted = await self.turns.granted(lines)
            assert 1 <= granted <= lines
            self.done[self.number] += granted
            lines -= granted
        self.finished.append(name)

    async def run(self, sizes: list[int]) -> None:
        counting = asyncio.create_task(self.count())
        await asyncio.gather(*(self.batch(name, size) for name, size in enumerate(sizes)))
        counting.cancel()


@given(st.lists(st.integers(1, 5 * A_TURN), min_size=1, max_size=12))
def test_each_turn_is_used_and_none_does_too_much(sizes: list[int]) -> None:
    loop = Loop()
    asyncio.run(loop.run(sizes))
    *full, last = [lines for _, lines in sorted(loop.done.items())]
    assert full == [A_TURN] * len(full)
    assert last == sum(sizes) - sum(full) <= A_TURN


@given(st.lists(st.integers(1, 5 * A_TURN), min_size=1, max_size=12))
def test_who_comes_first_is_done_first(sizes: list[int]) -> None:
    loop = Loop()
    asyncio.run(loop.run(sizes))
    assert loop.finished == [*range(len(sizes))]


def test_one_that_gives_up_while_it_waits_keeps_nobody_waiting() -> None:
    async def given_up() -> list[int]:
        loop = Loop()
        first, second, third = (asyncio.create_task(loop.batch(name, 3 * A_TURN)) for name in range(3))
        await asyncio.sleep(0)
        second.cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(first, third)
        return loop.finished

    assert asyncio.run(given_up()) == [0, 2]


def test_a_turn_is_over_though_nobody_waits_for_the_next() -> None:
    async def one_after_the_other() -> list[int]:
        turns, granted = Turns(A_TURN), []
        for _ in range(3):
            granted.append(await turns.granted(A_TURN))
            await asyncio.sleep(0)
        return granted

    assert asyncio.run(one_after_the_other()) == [A_TURN] * 3
