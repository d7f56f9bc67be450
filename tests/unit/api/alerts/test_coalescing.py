"""Many questions, few rounds, each its own answer."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from api.alerts.coalescing import Coalescer


class Doubler:
    """Answers twice the question; waits in a round until it is let go on."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.go_on = threading.Event()

    def __call__(self, questions: Sequence[int]) -> list[int]:
        self.rounds.append(list(questions))
        assert self.go_on.wait(10)
        if -1 in questions:
            raise LookupError("no answer to -1")
        return [2 * question for question in questions]


async def ask(coalescer: "Coalescer[int, int]", questions: Sequence[int]) -> list["asyncio.Task[int]"]:
    """Start asking, as far as the first round of it."""
    tasks = [asyncio.create_task(coalescer.ask(question)) for question in questions]
    await asyncio.sleep(0)
    return tasks


async def test_what_gathers_during_a_round_makes_up_the_next_ones() -> None:
    doubler = Doubler()
    coalescer = Coalescer(doubler, most=3)
    tasks = await ask(coalescer, range(6))
    doubler.go_on.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert doubler.rounds == [[0], [1, 2, 3], [4, 5]]
    coalescer.close()


async def test_a_failed_round_fails_all_who_asked_in_it_and_no_others() -> None:
    doubler = Doubler()
    coalescer = Coalescer(doubler, most=2)
    tasks = await ask(coalescer, [1, -1, 2, 3])
    doubler.go_on.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [found[0], found[3]] == [2, 6]
    assert [type(one) for one in found[1:3]] == [LookupError, LookupError]
    coalescer.close()


async def test_one_who_goes_away_takes_nobody_along() -> None:
    doubler = Doubler()
    coalescer = Coalescer(doubler, most=10)
    leaving, staying, waiting = await ask(coalescer, [1, 2, 3])
    leaving.cancel()
    waiting.cancel()
    doubler.go_on.set()
    assert await staying == 4
    with pytest.raises(asyncio.CancelledError):
        await leaving
    coalescer.close()


async def test_it_answers_again_after_a_pause() -> None:
    doubler = Doubler()
    doubler.go_on.set()
    coalescer = Coalescer(doubler, most=10)
    assert await coalescer.ask(1) == 2
    assert await coalescer.ask(2) == 4
    assert doubler.rounds == [[1], [2]]
    coalescer.close()
