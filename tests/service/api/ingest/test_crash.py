"""A process that is killed loses nothing and writes nothing twice."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from service.api.ingest.tenant_topic import TenantTopic

from api.ingest import events
from ops.ports import free_ports

pytestmark = pytest.mark.service

TESTS = Path(__file__).parents[3]
START_S = 30

Post = Callable[..., httpx.Response]


@contextmanager
def process(kafka: str, instance: str, *moments: str) -> Iterator[tuple[Post, subprocess.Popen[bytes]]]:
    """A gateway's process, and how to post to it."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "service.api.ingest.server", str(port), kafka, instance, *moments]
    running = subprocess.Popen(command, cwd=TESTS)
    url = f"http://127.0.0.1:{port}"

    def post(tenant: TenantTopic, *lines: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = {
            "Authorization": f"Bearer {tenant.tenant_id}",
            "Content-Type": "application/x-ndjson",
            **named,
        }
        return httpx.post(url + events.PATH, content=b"\n".join(lines), headers=asked, timeout=30)

    try:
        _wait_until_up(url, running)
        yield post, running
    finally:
        running.kill()
        running.wait()


def _wait_until_up(url: str, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            httpx.get(url)
            return
        except httpx.ConnectError:
            assert running.poll() is None and time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.1)


@pytest.mark.parametrize(("moment", "known"), [("written", False), ("committed", True)])
@pytest.mark.parametrize("restarted_as", ["the same", "another"])
def test_a_retry_after_a_kill_is_written_once(
    shared_topics: str, tenant: TenantTopic, instance: str, moment: str, known: bool, restarted_as: str
) -> None:
    lines = [tenant.line(order_id=str(number)) for number in range(8)]
    with process(shared_topics, instance, moment) as (post, dying):
        with pytest.raises(httpx.RemoteProtocolError):
            post(tenant, *lines, idempotency_key="k")
        assert dying.wait(10) == -9
    with process(shared_topics, instance if restarted_as == "the same" else f"{instance}-2") as (post, _):
        answer = _patiently(lambda: post(tenant, *lines, idempotency_key="k"))
        assert (answer.status_code, answer.json()["accepted"]) == (202, 8)
        assert ("idempotent-replayed" in answer.headers) == known
    assert tenant.order_ids() == [str(number) for number in range(8)]


def test_everything_that_was_answered_is_in_the_log(
    shared_topics: str, tenant: TenantTopic, instance: str
) -> None:
    taken = []
    with process(shared_topics, instance) as (post, running):
        for number in range(40):
            if number == 25:
                running.kill()
            try:
                if post(tenant, tenant.line(order_id=f"{number:02}")).status_code == 202:
                    taken.append(f"{number:02}")
            except httpx.TransportError:
                break
    assert len(taken) >= 25
    assert set(taken) <= set(tenant.order_ids())


def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Do as a good client does: come back after the seconds in Retry-After."""
    deadline = time.monotonic() + 30
    while (answer := ask()).status_code == 503 and time.monotonic() < deadline:
        time.sleep(int(answer.headers["retry-after"]))
    return answer
