"""A letter is sent once though the process is killed in the middle; where nobody can know, it comes twice and is one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from service.delivery.digest.mornings import Shop, on_database, open_shop
from service.delivery.digest.post_office import PostOffice
from service.features.filled_store import FilledStore
from sqlalchemy import select

from api.database import Database
from api.digests.tables import DigestRow
from delivery.settings import Settings
from ops.settings import PROJECT

pytestmark = pytest.mark.service

# Feast is loaded by each process anew
WITHIN_S = 90.0
MORNING = 8
"""The hour that it is now in the tenant's zone."""


# a process loads Feast each time it starts; the book is the same in both kinds of database
one_kind = pytest.mark.parametrize("database_of_letters", ["postgresql"], indirect=True)


class Process:
    """``python -m delivery``, which is killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            **os.environ,
            "AURORA_DATABASE_URL": settings.database_url,
            "AURORA_REDIS_URL": settings.redis_url,
            "AURORA_FEATURE_REPO": str(settings.feature_repo),
            "AURORA_FEAST_REGISTRY": settings.feast_registry,
            "AURORA_ENCRYPTION_KEY": settings.encryption_key.get_secret_value(),
            "AURORA_SMTP_HOST": settings.smtp_host,
            "AURORA_SMTP_PORT": str(settings.smtp_port),
            "AURORA_SMTP_SECURITY": settings.smtp_security,
            "AURORA_LETTER_FIRST_RETRY": "PT1S",
            "AURORA_LOG_LEVEL": "ERROR",
        }
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing runs."""
        return self._running is None or self._running.poll() is not None

    def start(self) -> None:
        assert self.is_over
        self._running = subprocess.Popen(
            (sys.executable, "-m", "delivery"), env=self._environment, cwd=PROJECT
        )

    def kill(self) -> None:
        """End it as a crash would."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(30)


@pytest.fixture
def process(settings: Settings) -> Iterator[Process]:
    process = Process(settings)
    yield process
    process.kill()


@pytest.fixture
def shop(settings: Settings, risk_store: FilledStore) -> Shop:
    """Where it is eight in the morning now."""
    shop = open_shop(settings, risk_store, zone=zone_of_morning())
    shop.predict({"sku": "TEA-1", "probability": 0.97})
    return shop


def zone_of_morning() -> str:
    """A zone where it is `MORNING` now."""
    east = (MORNING - datetime.now(UTC).hour + 11) % 24 - 11
    # west is positive in these names
    return f"Etc/GMT{-east:+d}"


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def state_of(shop: Shop) -> str | None:
    """What the book says of the letter."""

    async def read(database: Database) -> str | None:
        of_shop = select(DigestRow.state).where(DigestRow.recipient_id == shop.recipient_id)
        async with database.transaction() as session:
            state: str | None = await session.scalar(of_shop)
            return state

    return on_database(shop.settings, read)


@one_kind
def test_killed_before_the_server_has_the_letter_it_is_sent_by_the_next_process(
    shop: Shop, process: Process, post_office: PostOffice
) -> None:
    def die() -> str:
        process.kill()
        return "451 4.3.0 never heard"

    post_office.says_to[shop.address] = die
    process.start()
    eventually(lambda: process.is_over)
    assert state_of(shop) == "sending"
    post_office.says_to.clear()
    process.start()
    eventually(lambda: state_of(shop) == "sent")
    assert len(post_office.to(shop.address)) == 1


@one_kind
def test_killed_between_the_server_and_the_book_it_comes_twice_with_one_id_and_then_no_more(
    shop: Shop, process: Process, post_office: PostOffice, settings: Settings, risk_store: FilledStore
) -> None:
    post_office.before_taking = process.kill
    process.start()
    eventually(lambda: process.is_over)
    assert len(post_office.to(shop.address)) == 1
    assert state_of(shop) == "sending"
    post_office.before_taking = lambda: None
    process.start()
    eventually(lambda: state_of(shop) == "sent")
    process.kill()
    first, again = post_office.to(shop.address)
    assert first["Message-ID"] == again["Message-ID"]

    later = open_shop(settings, risk_store, zone=zone_of_morning())
    process.start()
    # by then it has looked at the first shop as well
    eventually(lambda: state_of(later) == "sent")
    assert len(post_office.to(shop.address)) == 2
