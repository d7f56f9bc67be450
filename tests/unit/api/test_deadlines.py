"""Deadlines kept by one timer."""

import asyncio
from datetime import timedelta

from api.deadlines import Deadlines

LIMIT = timedelta(milliseconds=30)


def test_each_is_late_after_its_own_time_and_in_order() -> None:
    async def late() -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        loop, began = asyncio.get_running_loop(), dict[str, float]()

        def note(item: str) -> None:
            seen.append((item, loop.time() - began[item] >= LIMIT.total_seconds() - 0.001))

        deadlines = Deadlines(LIMIT, note)
        for item in "abc":
            began[item] = loop.time()
            deadlines.add(item)
            await asyncio.sleep(0.01)
        while len(seen) < 3:
            await asyncio.sleep(0.005)
        return seen

    assert asyncio.run(late()) == [("a", True), ("b", True), ("c", True)]


def test_what_is_removed_in_time_is_never_late_and_those_after_it_still_are() -> None:
    async def late() -> list[str]:
        seen: list[str] = []
        deadlines = Deadlines(LIMIT, seen.append)
        for item in "abc":
            deadlines.add(item)
        deadlines.remove("a")
        deadlines.remove("c")
        deadlines.remove("c")
        while not seen:
            await asyncio.sleep(0.005)
        await asyncio.sleep(2 * LIMIT.total_seconds())
        deadlines.add("d")
        while len(seen) < 2:
            await asyncio.sleep(0.005)
        return seen

    assert asyncio.run(late()) == ["b", "d"]


def test_closed_nothing_is_late() -> None:
    async def late() -> list[str]:
        seen: list[str] = []
        deadlines = Deadlines(LIMIT, seen.append)
        deadlines.add("a")
        deadlines.close()
        await asyncio.sleep(2 * LIMIT.total_seconds())
        return seen

    assert asyncio.run(late()) == []
