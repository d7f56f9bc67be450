"""``python -m bench.freshness.generator PLAN SEEN``: the load, the queries and the probes, in a process of its own.

It prints a line when all is prepared, waits for one, prints the number of accepted events each second, and writes what
it saw to the file SEEN.
"""

import asyncio
import gc
import sys
from pathlib import Path

import msgspec
import uvloop

from bench.freshness.connections import Connections
from bench.freshness.load import ASKING_CONNECTIONS, BODIES, POSTING_CONNECTIONS, Clock, Load, Queries
from bench.freshness.plan import Plan, Seen, read_plan
from bench.freshness.probes import PROBING_CONNECTIONS, Probes
from bench.freshness.shop import Shop

READY = "ready"


async def main(plan: Plan, seen: Path) -> None:
    bodies = Shop(plan.tenants, plan.skus, 1.0, plan.seed).sales(BODIES)
    # of their own each, so that none waits for what is late of another kind
    posting, asking, probing = (
        Connections(plan.port, count)
        for count in (POSTING_CONNECTIONS, ASKING_CONNECTIONS, PROBING_CONNECTIONS)
    )
    for connections in (posting, asking, probing):
        await connections.open()
    load, queries, probes = Load(plan, bodies, posting), Queries(plan, asking), Probes(plan, probing)
    await probes.fill(Clock())
    gc.collect()
    gc.freeze()
    print(READY, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    clock = Clock()
    async with asyncio.TaskGroup() as group:
        telling = asyncio.create_task(_tell(load, probes))
        for each in (load, queries, probes):
            group.create_task(each.run(clock))
    telling.cancel()
    found = Seen(load.sent, queries.asked, probes.probed, probes.refused, probes.skipped)
    seen.write_bytes(msgspec.json.encode(found))
    for connections in (posting, asking, probing):
        connections.close()


async def _tell(load: Load, probes: Probes) -> None:
    while True:
        print(load.accepted + probes.accepted, flush=True)
        await asyncio.sleep(1)


if __name__ == "__main__":
    uvloop.run(main(read_plan(Path(sys.argv[1])), Path(sys.argv[2])))
