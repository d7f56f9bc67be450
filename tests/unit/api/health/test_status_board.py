"""Health checks: all at once, each with an end, and rarely."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from api.health import status_board
from api.health.health import Finding, Unwell
from api.health.status_board import KEPT_SECONDS, StatusBoard


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Counted:
    """A check that counts how often it runs."""

    def __init__(self, finding: Finding = Finding(True, {})) -> None:
        self.runs = 0
        self._finding = finding

    async def __call__(self) -> Finding:
        self.runs += 1
        await asyncio.sleep(0)
        return self._finding


async def report(**checks: Callable[[], Awaitable[Finding]]) -> Mapping[str, Any]:
    return await StatusBoard(checks).report()


async def fails() -> Finding:
    raise Unwell("does not answer")


async def hangs() -> Finding:
    await asyncio.Event().wait()
    raise AssertionError


async def test_all_well() -> None:
    found = await report(kafka=Counted(), risk_job=Counted(Finding(True, {"lag": 3})))
    assert found["status"] == "ok"
    assert found["version"]
    assert found["dependencies"]["risk_job"]["lag"] == 3
    assert found["dependencies"]["kafka"].keys() == {"status", "latency_ms"}


@pytest.mark.parametrize(
    ("check", "outcome"),
    [
        (fails, {"status": "down", "reason": "does not answer"}),
        (hangs, {"status": "down", "reason": "did not answer within 0.05 s"}),
    ],
)
async def test_one_that_is_down_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[], Awaitable[Finding]], outcome: Mapping[str, str]
) -> None:
    monkeypatch.setattr(status_board, "CHECK_SECONDS", 0.05)
    found = await report(redis=check, kafka=Counted())
    assert found["status"] == "degraded"
    assert found["dependencies"]["redis"] == outcome
    assert found["dependencies"]["kafka"]["status"] == "ok"


async def test_one_that_is_behind_degrades_the_whole() -> None:
    found = await report(risk_job=Counted(Finding(False, {"lag": 5_000_000})))
    assert found["status"] == "degraded"
    assert found["dependencies"]["risk_job"]["status"] == "behind"


async def test_checks_run_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meets() -> Finding:
        await both.wait()
        return Finding(True, {})

    assert (await report(one=meets, other=meets))["status"] == "ok"


async def test_askers_share_a_run_and_its_result_for_a_while() -> None:
    clock, check = Clock(), Counted()
    board = StatusBoard({"kafka": check}, clock)
    reports = await asyncio.gather(*(board.report() for _ in range(20)))
    clock.now = KEPT_SECONDS - 0.1
    assert await board.report() is reports[0]
    assert check.runs == 1
    clock.now = KEPT_SECONDS
    assert await board.report() is not reports[0]
    assert check.runs == 2


async def test_an_asker_that_leaves_does_not_stop_the_run() -> None:
    check = Counted()
    board = StatusBoard({"kafka": check})
    leaver = asyncio.create_task(board.report())
    await asyncio.sleep(0)
    leaver.cancel()
    assert (await board.report())["status"] == "ok"
    assert check.runs == 1
