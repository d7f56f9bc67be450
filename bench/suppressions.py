"""What a list of 700,000 suppressed SKUs costs, beside the plain way: a row of a table for each.

::

    python bench/suppressions.py [--entries 700000] [--database-url postgresql+asyncpg://...]

The API runs as a process of its own, with Kafka, Redis and the database on this machine; the database is SQLite unless
named. While it works, another client asks for single entries, which needs event loop and database, and notes how long
each answer took. The plain way reads the body whole and inserts its rows in one transaction; what waits for it is a writer of
another table of the same file. Memory is the peak of the whole process; CPU is its own, of all that it did meanwhile, since
machines are shared.
"""

import argparse
import asyncio
import csv
import io
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import Column, MetaData, String
from sqlalchemy import Table as SqlTable
from sqlalchemy import insert, text

from api.access.clients import NewClient, create_client
from api.access.tenants import Region, Tier, create_tenant
from api.database import Database
from ops.demo.replay import fetch_token
from ops.environment import environment_of, inherited
from ops.parts.services import API_ENVIRONMENT
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack, StackSettings

SCOPES = ["suppressions:read", "suppressions:write"]
PAUSE_S = 0.02
ROWS_AT_ONCE = 10_000
START_S = 60
CSV = {"Content-Type": "text/csv"}

PLAIN_ROWS = SqlTable(
    "plain_rows",
    MetaData(),
    *(Column(name, String(200), primary_key=name in ("sku", "warehouse")) for name in ("sku", "warehouse")),
    *(Column(name, String(200)) for name in ("expires_at", "reason")),
)


@dataclass(slots=True)
class Measured:
    """One piece of work, and what others felt of it."""

    what: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    waits_ms: list[float] = field(default_factory=list)

    @property
    def cells(self) -> Sequence[str]:
        ordered = sorted(self.waits_ms) or [0.0]
        middle, late = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
        return (
            *(self.what, f"{self.seconds:.1f}", f"{self.cpu_seconds:.1f}", f"{self.peak_mb:.0f}"),
            *(f"{middle:.0f}", f"{late:.0f}", f"{ordered[-1]:.0f}"),
        )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=700_000)
    parser.add_argument("--database-url")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    body = a_list(options.entries, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        settings = StackSettings.for_tests(Path(folder))
        if options.database_url:
            settings = settings.model_copy(update={"database_url": options.database_url})
        stack = Stack(settings)
        try:
            stack.up({"kafka", "redis"})
            prepare_files(settings)
            prepare_topics(settings)
            found = [plain(settings.database_url, body), *of_api(settings, body, options.entries)]
        finally:
            stack.down()
    table = Table(
        *("what", "s", "CPU s", "peak MB", "p50 ms", "p99 ms", "max ms"),
        title=f"{options.entries} entries, {len(body) / 1e6:.1f} MB; the last three: answers to others meanwhile",
    )
    for each in found:
        table.add_row(*each.cells)
    Console(stderr=True).print(table)
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")


def a_list(entries: int, seed: int) -> bytes:
    """CSV of SKUs, a third in all warehouses, half with an expiry."""
    chance = random.Random(seed)
    lines = (
        f"S-{seed}{chance.randrange(1_000):03d}-{number:07d},{('', 'berlin', 'hamburg')[number % 3]},"
        f"{('', '2027-06-30')[number % 2]},"
        for number in range(entries)
    )
    return "\n".join(["sku,warehouse,expires_at,reason", *lines]).encode()


def of_api(settings: StackSettings, body: bytes, entries: int) -> Iterator[Measured]:
    """The API's operations, one after the other on one list."""
    client = asyncio.run(an_account(settings.database_url))
    with running_api(settings) as process, httpx.Client(base_url=settings.api_url, timeout=120) as http:
        bearer = {"Authorization": f"Bearer {fetch_token(http, client.client.client_id, client.secret)}"}
        # of what takes memory when it is first done
        http.get("/v1/suppressions/entry?sku=A", headers=bearer)
        forget_peak(process.pid)
        idle = Measured("the API, without this", 2.0)
        with asking(settings.api_url, bearer, idle):
            time.sleep(idle.seconds)
        idle.peak_mb = peak_mb(process.pid)
        yield idle
        for what, method, content in (
            ("PUT, a first list", "PUT", body),
            ("PUT, another list", "PUT", a_list(entries, seed=3)),
            ("POST, a fifth more", "POST", a_list(entries // 5, seed=2)),
            ("GET, all of it", "GET", None),
        ):
            measured = Measured(what)
            forget_peak(process.pid)
            with asking(settings.api_url, bearer, measured):
                began, before = time.monotonic(), process.cpu_times()
                answer = http.request(method, "/v1/suppressions", content=content, headers={**bearer, **CSV})
                measured.seconds, now = time.monotonic() - began, process.cpu_times()
                measured.cpu_seconds = now.user + now.system - before.user - before.system
            assert answer.status_code == 200, answer.text
            measured.peak_mb = peak_mb(process.pid)
            yield measured
            # so that the relay is not measured with the next
            time.sleep(3)


@contextmanager
def running_api(settings: StackSettings) -> Iterator[psutil.Process]:
    """The API as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api"],
        env={**inherited(), **environment_of(settings), **API_ENVIRONMENT},
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                httpx.get(f"{settings.api_url}/v1/problems/busy").raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None and time.monotonic() < deadline, "the API did not start"
                time.sleep(0.2)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


async def an_account(database_url: str) -> NewClient:
    """A client of a new tenant."""
    database = Database(database_url)
    try:
        tenant = await create_tenant(database, f"bench {time.time_ns()}", Region.EU_CENTRAL_1, Tier.STANDARD)
        return await create_client(database, tenant.tenant_id, SCOPES)
    finally:
        await database.close()


@contextmanager
def asking(url: str, bearer: dict[str, str], measured: Measured) -> Iterator[None]:
    """Ask for an entry until the block ends."""
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=url, headers=bearer, timeout=60) as http:
            while not over.is_set():
                began = time.monotonic()
                assert http.get("/v1/suppressions/entry?sku=A").status_code == 404
                measured.waits_ms.append((time.monotonic() - began) * 1e3)
                time.sleep(PAUSE_S)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def forget_peak(pid: int) -> None:
    """Let the kernel note anew how much memory a process has at most."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pid: int) -> float:
    """The most memory that a process had at once since then."""
    status = Path(f"/proc/{pid}/status").read_text()
    return float(status.partition("VmHWM:")[2].split()[0]) / 1024


def plain(database_url: str, body: bytes) -> Measured:
    """The plain way, in a process of its own."""
    measured = Measured("a row for each, plainly")
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=insert_rows, args=(database_url, body, sending))
    process.start()
    measured.seconds, measured.cpu_seconds, measured.peak_mb, measured.waits_ms = receiving.recv()
    process.join()
    return measured


def insert_rows(database_url: str, body: bytes, sending) -> None:  # type: ignore[no-untyped-def]
    """Insert each line, while another writes beside it."""
    sending.send(asyncio.run(_insert_rows(database_url, body)))


async def _insert_rows(database_url: str, body: bytes) -> tuple[float, float, float, list[float]]:
    database = Database(database_url)
    beside = Database(database_url)
    waits: list[float] = []
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE beside (number INTEGER)"))
        await connection.run_sync(PLAIN_ROWS.metadata.create_all)
    writing = asyncio.create_task(_write_beside(beside, waits))
    await asyncio.sleep(0.5)
    began, cpu = time.monotonic(), time.process_time()
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    async with database.engine.begin() as connection:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            await connection.execute(insert(PLAIN_ROWS), rows[start : start + ROWS_AT_ONCE])
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    writing.cancel()
    async with database.engine.begin() as connection:
        await connection.run_sync(PLAIN_ROWS.metadata.drop_all)
        await connection.execute(text("DROP TABLE beside"))
    await database.close()
    await beside.close()
    return seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, waits


async def _write_beside(database: Database, waits: list[float]) -> None:
    while True:
        began = time.monotonic()
        try:
            async with database.engine.begin() as connection:
                await connection.execute(text("INSERT INTO beside VALUES (1)"))
        except Exception:
            # refused after its time, as any request would be
            pass
        waits.append((time.monotonic() - began) * 1e3)
        await asyncio.sleep(PAUSE_S)


if __name__ == "__main__":
    main()
