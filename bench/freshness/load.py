"""Requests at fixed times, however long answers take: the events of shops, and the questions of their checkouts."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from itertools import count, cycle
from random import Random
from uuid import uuid4

from bench.freshness.connections import Answer, Connections, NoAnswer
from bench.freshness.plan import Asked, Phase, Plan, Sent
from bench.freshness.shop import Body, sku_name

POSTING_CONNECTIONS = 24
ASKING_CONNECTIONS = 16
BODIES = 1_000
"""Prepared before the clock starts and sent in turn, each time under a new key: some 300,000 events."""


class Clock:
    """Seconds since the run's start, on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()

    def now(self) -> float:
        return self._loop.time() - self._start

    async def until(self, at: float) -> None:
        """Returns at that time, at once where it has passed."""
        if (left := at - self.now()) > 0:
            await asyncio.sleep(left)


class Load:
    """The events of all phases, each request at its time."""

    def __init__(self, plan: Plan, bodies: Sequence[Body], connections: Connections) -> None:
        self._phases = plan.phases
        self._connections = connections
        self._bodies = cycle([(body, post_head(body.tenant.token, len(body.ndjson))) for body in bodies])
        self._keys = new_keys()
        self.sent: list[Sent] = []
        self.accepted = 0
        """Events so far."""

    async def run(self, clock: Clock) -> None:
        """Returns when every request has its answer."""
        async with asyncio.TaskGroup() as group:
            for due, (body, head) in self._due():
                await clock.until(due)
                group.create_task(self._send(clock, due, body, head))

    def _due(self) -> Iterator[tuple[float, tuple[Body, bytes]]]:
        begins = 0.0
        for phase in self._phases:
            due = begins
            begins += phase.seconds
            while phase.rate and due < begins:
                body, head = next(self._bodies)
                yield due, (body, head)
                due += body.events / phase.rate

    async def _send(self, clock: Clock, due: float, body: Body, head: bytes) -> None:
        status = await status_of(self._connections.ask(head % next(self._keys), body.ndjson))
        self.sent.append(Sent(due, clock.now(), body.events, status))
        if status == 202:
            self.accepted += body.events


class Queries:
    """Questions for single SKUs, evenly in time."""

    def __init__(self, plan: Plan, connections: Connections) -> None:
        self._plan = plan
        self._connections = connections
        self.asked: list[Asked] = []

    async def run(self, clock: Clock) -> None:
        """Returns when every question has its answer."""
        seconds, rate = span(self._plan.phases), self._plan.queries_a_second
        random, tenants = Random(self._plan.seed), self._plan.tenants
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * rate)):
                sku = random.randrange(self._plan.skus)
                question = get_request(tenants[sku % len(tenants)].token, sku_name(sku))
                await clock.until(number / rate)
                group.create_task(self._ask(clock, number / rate, question))

    async def _ask(self, clock: Clock, due: float, question: bytes) -> None:
        status = await status_of(self._connections.ask(question))
        self.asked.append(Asked(due, clock.now(), status))


def new_keys() -> Iterator[bytes]:
    """Idempotency keys that nobody has used, in this run or another on the same stack."""
    run = uuid4()
    return (f"{run}-{number}".encode() for number in count())


async def status_of(asking: Awaitable[Answer]) -> int:
    """The status, 0 where no answer came."""
    try:
        return (await asking).status
    except NoAnswer:
        return 0


def span(phases: Iterable[Phase]) -> float:
    """How long they take, seconds."""
    return sum(phase.seconds for phase in phases)


def post_head(token: str, length: int) -> bytes:
    """The head of a POST of events with a place, ``%s``, for its key."""
    return (
        f"POST /v1/ingest/events HTTP/1.1\r\nHost: aurora\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-ndjson\r\nIdempotency-Key: %s\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def get_request(token: str, sku: str) -> bytes:
    """The question for a SKU, whatever its risk."""
    return (
        f"GET /v1/stock/alerts?sku={sku}&threshold=0 HTTP/1.1\r\nHost: aurora\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
