"""Stocks that are set to a new value, and how long it takes until an answer shows it."""

import asyncio
from collections import deque

import msgspec

from bench.freshness.connections import Connections, NoAnswer
from bench.freshness.load import Clock, get_request, new_keys, post_head, span
from bench.freshness.plan import Plan, Probed, Tenant
from bench.freshness.shop import probe_line

PROBING_CONNECTIONS = 16
SKUS = 64
EVERY_S = 0.53
"""Between two probes; not in step with the job's windows of whole seconds."""
LOOK_EVERY_S = 0.25
"""More often, the looks of waiting probes would be more than all other queries."""
WAITS_S = 60.0
NOTHING, PLENTY = 0, 1_000_000
"""Stocks that are told apart by the probability to run out, 1 and nearly 0: an answer does not name the stock."""
LIKELY = 0.5


class Probes:
    """SKUs outside of the load, each empty or full in turn."""

    def __init__(self, plan: Plan, connections: Connections) -> None:
        self._seconds = span(plan.phases)
        self._connections = connections
        self._keys = new_keys()
        self._free = deque(_Probe(plan.tenants[number % len(plan.tenants)], number) for number in range(SKUS))
        self.probed: list[Probed] = []
        self.accepted = 0
        self.refused: list[float] = []
        self.skipped = 0

    async def fill(self, clock: Clock) -> None:
        """Give all of them their first stock, and wait until it is seen."""
        async with asyncio.TaskGroup() as group:
            for probe in self._free:
                group.create_task(self._change(clock, probe))
        assert all(probed.shown is not None for probed in self.probed), "no predictions come"
        self.probed.clear()
        self.refused.clear()
        self.accepted = 0

    async def run(self, clock: Clock) -> None:
        """Returns when every probe was seen or has waited long enough."""
        async with asyncio.TaskGroup() as group:
            for number in range(int(self._seconds / EVERY_S)):
                await clock.until(number * EVERY_S)
                if self._free:
                    group.create_task(self._take_turn(clock, self._free.popleft()))
                else:
                    self.skipped += 1

    async def _take_turn(self, clock: Clock, probe: "_Probe") -> None:
        if await self._change(clock, probe):
            self._free.append(probe)

    async def _change(self, clock: Clock, probe: "_Probe") -> bool:
        """Whether the change was seen or not taken, so that the SKU can be used again."""
        stock = NOTHING if probe.stock == PLENTY else PLENTY
        line, sent = probe_line(probe.tenant, probe.sku, stock), clock.now()
        try:
            answer = await self._connections.ask(
                post_head(probe.tenant.token, len(line)) % next(self._keys), line
            )
        except NoAnswer:
            self.refused.append(sent)
            # nobody knows whether it was taken
            return False
        if answer.status != 202:
            self.refused.append(sent)
            return True
        accepted, probe.stock = clock.now(), stock
        self.accepted += 1
        shown = await self._shown(clock, probe, accepted + WAITS_S)
        self.probed.append(Probed(accepted, shown))
        return shown is not None

    async def _shown(self, clock: Clock, probe: "_Probe", deadline: float) -> float | None:
        question = get_request(probe.tenant.token, probe.sku)
        look = clock.now()
        while look < deadline:
            await clock.until(look)
            try:
                answer = await self._connections.ask(question)
            except NoAnswer:
                continue
            finally:
                look = max(look + LOOK_EVERY_S, clock.now())
            if answer.status == 200 and _shows(answer.body, probe.stock):
                return clock.now()
        return None


class _Probe:
    """One SKU and the stock that it was set to last."""

    def __init__(self, tenant: Tenant, number: int) -> None:
        self.tenant = tenant
        self.sku = f"PROBE-{number:02d}"
        self.stock = NOTHING


def _shows(body: bytes, stock: int) -> bool:
    """Whether the answer can only be of this stock, not of the one before it."""
    found = msgspec.json.decode(body)
    return bool(found) and (found[0]["probability"] >= LIKELY) == (stock == NOTHING)
