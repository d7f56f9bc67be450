"""The benchmark's own HTTP client and what it asks, against a server of a few lines."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from bench.freshness.connections import Connections, NoAnswer
from bench.freshness.load import Clock, Load, Queries
from bench.freshness.plan import Phase, Plan, Tenant
from bench.freshness.probes import Probes
from bench.freshness.shop import Shop

TENANTS = [Tenant(str(UUID(int=1)), "token")]


@dataclass
class Server:
    """Takes events, and answers with the stock that was counted last, as a probability of 1 for none."""

    status: int = 202
    delay_s: float = 0.0
    dropped: int = 0
    """So many requests more are not answered: the connection is closed."""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    stocks: dict[str, int] = field(default_factory=dict)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                line, *lines = head.strip().split("\r\n")
                headers = dict(each.split(": ", 1) for each in lines)
                body = await reader.readexactly(int(headers.get("Content-Length", 0)))
                self.requests.append((line, headers, body))
                if self.dropped:
                    self.dropped -= 1
                    break
                await asyncio.sleep(self.delay_s)
                status, answer = self.answer(line, body)
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Le".encode())
                await asyncio.sleep(0)
                writer.write(f"ngth: {len(answer)}\r\n\r\n".encode() + answer[:1])
                await asyncio.sleep(0)
                writer.write(answer[1:])
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def answer(self, line: str, body: bytes) -> tuple[int, bytes]:
        if line.startswith("POST"):
            for event in map(json.loads, body.split(b"\n")):
                if event["event_type"] == "stock.counted":
                    self.stocks[event["payload"]["sku"]] = event["payload"]["qty"]
            return self.status, b'{"accepted": 1}'
        sku = line.partition("sku=")[2].partition("&")[0]
        known = sku in self.stocks
        return 200, json.dumps([{"probability": float(self.stocks[sku] == 0)}] if known else []).encode()


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Connections]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    connections = Connections(server.port, 4)
    await connections.open()
    try:
        yield connections
    finally:
        connections.close()
        listening.close()


def plan(port: int, *phases: Phase, queries: float = 0) -> Plan:
    return Plan(port, TENANTS, skus=10, phases=phases, queries_a_second=queries, seed=1)


async def test_an_answer_that_comes_in_pieces_is_whole() -> None:
    async with serving(Server()) as connections:
        assert await connections.ask(b"GET /?sku=A&x HTTP/1.1\r\n\r\n") == (200, b"[]")


async def test_a_connection_that_is_closed_is_replaced() -> None:
    server = Server(dropped=4)
    async with serving(server) as connections:
        for _ in range(4):
            with pytest.raises(NoAnswer):
                await connections.ask(b"GET /?sku=A&x HTTP/1.1\r\n\r\n")
        assert (await connections.ask(b"GET /?sku=A&x HTTP/1.1\r\n\r\n")).status == 200


async def test_the_load_keeps_its_times_however_slow_the_answers_are() -> None:
    server = Server(delay_s=0.1)
    async with serving(server) as connections:
        bodies = Shop(TENANTS, 10, 1_000).sales(5)
        load = Load(plan(server.port, Phase("idle", 0.1, 0), Phase("load", 0.3, 20_000)), bodies, connections)
        await load.run(Clock())
    due = sorted(one.due for one in load.sent)
    assert due[0] == 0.1
    assert due[-1] < 0.4
    # open loop: what waits for a connection is late by that, and is not left out
    assert load.accepted == sum(one.events for one in load.sent) == pytest.approx(0.3 * 20_000, abs=500)
    assert max(one.done - one.due for one in load.sent) > 0.15
    keys = [headers["Idempotency-Key"] for _, headers, _ in server.requests]
    assert len(set(keys)) == len(keys) == len(load.sent)


async def test_no_run_repeats_the_keys_of_another() -> None:
    server = Server()
    async with serving(server) as connections:
        for _ in range(2):
            told = plan(server.port, Phase("load", 0.1, 10_000))
            await Load(told, Shop(TENANTS, 10, 1.0).sales(2), connections).run(Clock())
            await Probes(told, connections).fill(Clock())
    keys = [headers["Idempotency-Key"] for line, headers, _ in server.requests if line.startswith("POST")]
    assert len(set(keys)) == len(keys) > 100


async def test_what_is_refused_is_counted_and_not_accepted() -> None:
    server = Server(status=429)
    async with serving(server) as connections:
        load = Load(
            plan(server.port, Phase("load", 0.1, 10_000)), Shop(TENANTS, 10, 1.0).sales(2), connections
        )
        await load.run(Clock())
    assert {one.status for one in load.sent} == {429}
    assert load.accepted == 0


async def test_queries_are_even_in_time() -> None:
    server = Server()
    async with serving(server) as connections:
        queries = Queries(plan(server.port, Phase("load", 0.2, 0), queries=100), connections)
        await queries.run(Clock())
    assert sorted(one.due for one in queries.asked) == pytest.approx([number / 100 for number in range(20)])
    assert all("threshold=0" in line for line, _, _ in server.requests)


async def test_a_probe_waits_for_the_answer_that_shows_its_change() -> None:
    server = Server()
    async with serving(server) as connections:
        probes = Probes(plan(server.port, Phase("load", 1.2, 0)), connections)
        await probes.fill(Clock())
        filled = len(server.stocks)
        server.delay_s = 0.05
        await probes.run(Clock())
    assert probes.accepted == len(probes.probed) == 2
    assert all(one.shown is not None and one.shown - one.accepted >= 0.05 for one in probes.probed)
    # each was full from the filling and is empty now
    assert sorted(server.stocks.values())[:3] == [0, 0, 1_000_000]
    assert len(server.stocks) == filled
