"""Runs the health checks and remembers for a moment what they found."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from api.health.health import Check, Unwell

CHECK_SECONDS = 2.0
# so that asking often asks nobody else often
KEPT_SECONDS = 2.0
VERSION = version("aurora")


class StatusBoard:
    """Runs the checks, all at once, and keeps what they found for a moment; askers share one run."""

    def __init__(self, checks: Mapping[str, Check], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._monotonic = monotonic
        self._run: asyncio.Task[Mapping[str, object]] | None = None
        self._began = 0.0

    async def report(self) -> Mapping[str, object]:
        """The body of the answer, at most ``KEPT_SECONDS`` old when its run began."""
        if self._run is None or (self._run.done() and self._monotonic() - self._began >= KEPT_SECONDS):
            self._began = self._monotonic()
            self._run = asyncio.create_task(self._check_all())
        # one asker that leaves must not stop the run for the others
        return await asyncio.shield(self._run)

    async def _check_all(self) -> Mapping[str, object]:
        names = list(self._checks)
        found = await asyncio.gather(*(_outcome(self._checks[name]) for name in names))
        good = all(outcome["status"] == "ok" for outcome in found)
        return {
            "status": "ok" if good else "degraded",
            "version": VERSION,
            "checked_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "dependencies": dict(zip(names, found, strict=True)),
        }


async def _outcome(check: Check) -> Mapping[str, object]:
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            finding = await check()
    except Unwell as error:
        return {"status": "down", "reason": str(error)}
    except TimeoutError:
        return {"status": "down", "reason": f"did not answer within {CHECK_SECONDS:g} s"}
    latency_ms = round((time.perf_counter() - began) * 1000, 1)
    told: dict[str, object] = {"latency_ms": latency_ms, **finding.figures}
    if finding.reason is not None:
        told["reason"] = finding.reason
    return {"status": "ok" if finding.good else "behind", **told}
