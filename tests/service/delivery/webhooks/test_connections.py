"""Where connections go: by the name's certificate and Host, to an address that was checked, and nowhere else."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest
from service.delivery.webhooks.receiver import Receiver, answer, listening
from service.delivery.webhooks.tls import contexts

from api.clock import utc_now
from api.web.guarded_network import GuardedNetwork, Resolver
from delivery.webhooks.retries import Outcome
from delivery.webhooks.sending import Sender, tls_context

pytestmark = pytest.mark.service

NAME = "shop.example"


class Names:
    """A name server that answers differently each time; the last answer from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def send(names: Names, tls: ssl.SSLContext, *urls: str) -> list[Outcome]:
    """What comes of sending to these, each by connections of its own."""

    async def run() -> list[Outcome]:
        outcomes = []
        for url in urls:
            sender = Sender(GuardedNetwork(names, allow_loopback=True), tls, timedelta(seconds=10), utc_now)
            try:
                outcomes.append(await sender.send(httpx.URL(url), {"webhook-id": "msg_1"}, b"{}"))
            finally:
                await sender.close()
        return outcomes

    return asyncio.run(run())


def named(receiver: Receiver, path: str) -> str:
    """The receiver by its name, which only `Names` knows."""
    return receiver.at(path).replace("127.0.0.1", NAME)


def test_tls_and_host_go_by_the_name() -> None:
    server, client = contexts(NAME)
    indicated: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: indicated.append(name)
    names = Names(["127.0.0.1"])
    with listening(server) as receiver:
        url = named(receiver, "/hook")
        assert send(names, client, url) == [Outcome(200)]
        (taken,) = receiver.taken["/hook"]
    assert names.asked == [NAME]
    assert indicated == [NAME]
    assert taken.headers["host"] == httpx.URL(url).netloc.decode()


def test_a_certificate_of_another_name_is_refused() -> None:
    server, client = contexts("other.example")
    with listening(server) as receiver:
        (outcome,) = send(Names(["127.0.0.1"]), client, named(receiver, "/hook"))
        assert outcome.error is not None and "Hostname mismatch" in outcome.error
        assert receiver.taken["/hook"] == []


def test_a_name_that_leads_elsewhere_a_moment_later_gains_nothing() -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    with listening() as receiver:
        url = named(receiver, "/hook")
        good, bad = send(names, tls_context(), url, url)
        assert good == Outcome(200)
        assert bad.error == "the URL leads to 10.0.0.1, which is private"
        # once for each connection: what was checked is what was connected to
        assert names.asked == [NAME, NAME]
        assert len(receiver.taken["/hook"]) == 1


def test_one_bad_address_among_good_ones_is_enough() -> None:
    with listening() as receiver:
        url = named(receiver, "/hook")
        (outcome,) = send(Names(["127.0.0.1", "169.254.169.254"]), tls_context(), url)
        assert outcome.error == "the URL leads to 169.254.169.254, which is link-local"
        assert receiver.taken["/hook"] == []


def test_an_address_where_nobody_listens_gives_way_to_the_next() -> None:
    with listening() as receiver:
        url = named(receiver, "/hook")
        assert send(Names(["127.0.0.2", "127.0.0.1"]), tls_context(), url) == [Outcome(200)]


def test_loopback_is_refused_where_it_is_not_switched_on() -> None:
    async def run(url: str) -> Outcome:
        network = GuardedNetwork(Names(["127.0.0.1"]), allow_loopback=False)
        sender = Sender(network, tls_context(), timedelta(seconds=10), utc_now)
        try:
            return await sender.send(httpx.URL(url), {}, b"{}")
        finally:
            await sender.close()

    with listening() as receiver:
        outcome = asyncio.run(run(named(receiver, "/hook")))
        assert outcome.error == "the URL leads to 127.0.0.1, which is loopback"
        assert receiver.taken["/hook"] == []


def test_the_system_s_own_names() -> None:
    async def run() -> Sequence[str]:
        resolver = Resolver(2)
        try:
            with pytest.raises(OSError):
                await resolver("no-such-host.invalid", 80)
            return await resolver("localhost", 80)
        finally:
            resolver.close()

    assert "127.0.0.1" in asyncio.run(run())


def test_connections_are_used_again(receiver: Receiver) -> None:
    names = Names(["127.0.0.1"])

    async def run(url: str) -> None:
        sender = Sender(
            GuardedNetwork(names, allow_loopback=True), tls_context(), timedelta(seconds=10), utc_now
        )
        for _ in range(5):
            assert await sender.send(httpx.URL(url), {}, b"{}") == Outcome(200)
        await sender.close()

    receiver.at("/hook", answer(200, b"thanks"))
    asyncio.run(run(receiver.url.replace("127.0.0.1", NAME) + "/hook"))
    assert names.asked == [NAME]
