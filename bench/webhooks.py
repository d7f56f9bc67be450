"""How long webhooks take, delivered by Aurora and by a plain loop that sends one after the other.

::

    python bench/webhooks.py [--alerts 1000] [--endpoints 50] [--bad 10] [--to-all] [--database postgresql+asyncpg://...]

Alerts go through a Kafka and a database of this bench's own to endpoints on this machine; every answer takes ``--answer``
ms. Of the endpoints the first are bad: half never answer, half refuse. Each alert is for one endpoint, or with
``--to-all`` for all of them. The plain loop begins with the alerts in memory and is given up after ``--patience`` s. What
counts is when the good endpoints have all theirs. Since it waits for the first bad one already, the loop has a second run
in which the bad ones are left out. Machines are shared: compare, also messages per CPU second, and trust no single run.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psutil
from confluent_kafka import Producer
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from api.access.sealing import key_of
from api.access.tenants import Region, Tier, create_tenant
from api.audit.audit_log import Actor
from api.database import Database
from api.migrate import migrate
from api.settings import Settings
from api.webhooks.messages import of_alert
from api.webhooks.subscription import Subscription
from api.webhooks.tables import OffsetRow
from api.webhooks.webhook_store import Caller, WebhookStore
from delivery.webhooks.signing import signed_headers
from ops.settings import PROJECT
from ops.stack import Stack, StackSettings
from ops.topics import ensure
from schemas import topics
from schemas.encoding import Record, decoder, encoder

console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent to whom."""

    alerts: int
    endpoints: int
    bad: int
    to_all: bool
    answer_s: float

    def sku(self, number: int) -> str:
        return f"SKU-{number}"

    def wanted_by_good(self) -> int:
        """Messages that the good endpoints are to have in the end."""
        if self.to_all:
            return self.alerts * (self.endpoints - self.bad)
        return sum(number % self.endpoints >= self.bad for number in range(self.alerts))

    def endpoints_of(self, number: int) -> Sequence[int]:
        return range(self.endpoints) if self.to_all else [number % self.endpoints]

    def good_endpoints_of(self, number: int) -> Sequence[int]:
        return [endpoint for endpoint in self.endpoints_of(number) if endpoint >= self.bad]


@dataclass(frozen=True, slots=True)
class Run:
    """One way, and how far it came."""

    way: str
    arrived: int
    seconds: float
    cpu_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alerts", type=int, default=1_000)
    parser.add_argument("--endpoints", type=int, default=50)
    parser.add_argument("--bad", type=int, default=10)
    parser.add_argument("--to-all", action="store_true")
    parser.add_argument("--answer", type=float, default=5.0, help="ms that an endpoint takes to answer")
    parser.add_argument("--patience", type=float, default=60.0, help="s")
    parser.add_argument("--database", help="SQLAlchemy URL of an empty database; default: SQLite")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    load = Load(options.alerts, options.endpoints, options.bad, options.to_all, options.answer / 1000)
    with tempfile.TemporaryDirectory() as folder:
        settings = StackSettings.for_tests(Path(folder))
        if options.database:
            settings = settings.model_copy(update={"database_url": options.database})
        stack = Stack(settings)
        try:
            stack.up({"kafka", "redis"})
            ensure(settings.kafka_bootstrap, topics.SHARED)
            migrate(settings.database_url)
            runs = [
                delivered(stack, load, options.patience),
                plain("one after the other", load, load.endpoints_of, options.patience),
                plain("the same, to good ones only", load, load.good_endpoints_of, options.patience),
            ]
        finally:
            stack.down()
    show(load, runs)
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=2) + "\n")


def delivered(stack: Stack, load: Load, patience: float) -> Run:
    """From the alerts' commit in Kafka on."""
    environment = {**os.environ, **stack.env}
    settings = Settings(
        database_url=environment["AURORA_DATABASE_URL"],
        encryption_key=environment["AURORA_ENCRYPTION_KEY"],
        pii_key=environment["AURORA_PII_KEY"],
    )
    with Receivers(load) as receivers:
        tenant_id = asyncio.run(subscribed(settings, load, receivers.url))
        worker = subprocess.Popen((sys.executable, "-m", "delivery"), env=environment, cwd=PROJECT)
        try:
            while not asyncio.run(reads_on(settings)):
                time.sleep(0.2)
            time.sleep(1)
            publish(stack.settings.kafka_bootstrap, alerts(tenant_id, load))
            process = psutil.Process(worker.pid)
            before, begun = sum(process.cpu_times()[:2]), time.monotonic()
            arrived = receivers.until_all_arrived(load.wanted_by_good(), patience)
            seconds = time.monotonic() - begun
            return Run("Aurora", arrived, seconds, sum(process.cpu_times()[:2]) - before)
        finally:
            worker.kill()
            worker.wait()


def plain(way: str, load: Load, endpoints_of: Callable[[int], Sequence[int]], patience: float) -> Run:
    """One after the other, each with the same limit of 15 s and no second try."""
    decode = decoder(topics.ALERTS.schema)
    encode = encoder(topics.ALERTS.schema)
    with Receivers(load) as receivers, httpx.Client(timeout=15) as client:
        begun, cpu_begun = time.monotonic(), time.process_time()

        def run() -> Run:
            return Run(way, receivers.arrived(), time.monotonic() - begun, time.process_time() - cpu_begun)

        for number, alert in enumerate(alerts(uuid4(), load)):
            message = of_alert(decode(encode(alert)))
            payload = message.payload.encode()
            for endpoint in endpoints_of(number):
                if time.monotonic() - begun > patience:
                    return run()
                headers = signed_headers(message.message_id, int(time.time()), payload, [b"s" * 32])
                try:
                    client.post(f"{receivers.url}/{endpoint}", content=payload, headers=headers)
                except httpx.HTTPError:
                    continue
        return run()


async def subscribed(settings: Settings, load: Load, url: str) -> UUID:
    """A tenant with a webhook for each endpoint."""
    database = Database(settings.database_url)
    tenant = await create_tenant(database, "bench", Region.EU_CENTRAL_1, Tier.STANDARD)
    store = WebhookStore(database, key_of(settings.encryption_key))
    caller = Caller(tenant.tenant_id, Actor("operator", "bench"))
    for endpoint in range(load.endpoints):
        skus = [load.sku(number) for number in range(load.alerts) if endpoint in load.endpoints_of(number)]
        wanted = Subscription(url=f"{url}/{endpoint}", skus=[] if load.to_all else skus)
        await store.create(caller, wanted)
    await database.close()
    return tenant.tenant_id


async def reads_on(settings: Settings) -> bool:
    """Whether the delivery knows where to read alerts from."""
    database = Database(settings.database_url)
    async with database.transaction() as session:
        known = await session.scalar(select(func.count()).select_from(OffsetRow))
    await database.close()
    return known == topics.ALERTS.partitions


def alerts(tenant_id: UUID, load: Load) -> list[Record]:
    now_ms = time.time_ns() // 1_000_000
    return [
        {
            "alert_id": str(uuid4()),
            "change": "raised",
            "tenant_id": str(tenant_id),
            "sku": load.sku(number),
            "warehouse": "berlin",
            "raised_at": now_ms,
            "changed_at": now_ms,
            "threshold": 0.7,
            "probability": 0.875,
            "predicted_oos_at": now_ms + 3_600_000,
            "stock": 3,
            "model_version": "nb-2.17-1f3a9c",
        }
        for number in range(load.alerts)
    ]


def publish(kafka: str, records: Sequence[Record]) -> None:
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": f"bench-{uuid4()}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    encode = encoder(topics.ALERTS.schema)
    for record in records:
        key = f"{record['tenant_id']}|{record['sku']}|{record['warehouse']}"
        producer.produce(topics.ALERTS.name, encode(record), key.encode())
        producer.poll(0)
    producer.commit_transaction(30)


class Receivers:
    """All endpoints, in a process of their own."""

    def __init__(self, load: Load) -> None:
        self._connection, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=receive, args=(load, theirs), daemon=True)

    def __enter__(self) -> "Receivers":
        self._process.start()
        self.url: str = self._connection.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def arrived(self) -> int:
        """Different messages that the good endpoints have."""
        self._connection.send("how many?")
        number: int = self._connection.recv()
        return number

    def until_all_arrived(self, wanted: int, patience: float) -> int:
        """How many have, when it is all or patience ends."""
        begun = time.monotonic()
        while (arrived := self.arrived()) < wanted and time.monotonic() - begun < patience:
            time.sleep(0.01)
        return arrived


class Endpoint(asyncio.Protocol):
    """As much of HTTP as it takes to have a webhook and to answer."""

    def __init__(self, load: Load, had: set[tuple[bytes, bytes]]) -> None:
        self._load = load
        self._had = had
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        fields = dict(
            (name.lower(), value)
            for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n"))
        )
        if not end or len(body) < int(fields.get(b"content-length", 0)):
            return
        self._received = b""
        path = head.split(b" ", 2)[1]
        number = int(path[1:])
        if number >= self._load.bad:
            self._had.add((path, fields[b"webhook-id"]))
            self._answer_soon(b"200 OK")
        elif number % 2:
            self._answer_soon(b"503 Busy")

    def _answer_soon(self, status: bytes) -> None:
        answer = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n"
        asyncio.get_running_loop().call_later(self._load.answer_s, self._transport.write, answer)


def receive(load: Load, connection: Connection) -> None:
    """Tell the address, and then, whenever it is asked, how many messages came."""
    had: set[tuple[bytes, bytes]] = set()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Endpoint(load, had), "127.0.0.1", 0)
        connection.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

        def tell() -> None:
            connection.recv()
            connection.send(len(had))

        loop.add_reader(connection.fileno(), tell)
        await asyncio.Event().wait()

    asyncio.run(serve())


def show(load: Load, runs: Sequence[Run]) -> None:
    table = Table(
        title=f"{load.alerts} alerts, {load.endpoints} endpoints of which {load.bad} are bad"
        + (", each alert to all" if load.to_all else "")
    )
    for heading in ("sent by", "arrived at the good ones", "of", "after", "a second", "a CPU second"):
        table.add_column(heading, justify="left" if heading == "sent by" else "right")
    for run in runs:
        table.add_row(
            run.way,
            f"{run.arrived:,}",
            f"{load.wanted_by_good():,}",
            f"{run.seconds:.1f} s",
            f"{run.arrived / run.seconds:,.0f}",
            f"{run.arrived / run.cpu_seconds:,.0f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
