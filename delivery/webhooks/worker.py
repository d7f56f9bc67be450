"""All of it at work: alerts into the outbox, and an endpoint for each webhook for which something waits.

One process at a time works, the holder of a lease; another takes over when it is gone.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

import structlog

from api.access.sealing import key_of
from api.clock import utc_now
from api.database import UNANSWERED
from api.outbox.lease import give_back, hold
from api.web.guarded_network import GuardedNetwork, Resolver
from delivery.settings import Settings
from delivery.tasks import Parts
from delivery.webhooks import outbox
from delivery.webhooks.alerts import Alerts
from delivery.webhooks.counts import Counts
from delivery.webhooks.endpoint import Endpoint, Shared
from delivery.webhooks.notices import Notices
from delivery.webhooks.recorder import Recorder
from delivery.webhooks.sending import Sender, tls_context
from delivery.webhooks.slots import AT_ONCE, Slots

log = structlog.get_logger(__name__)

WORK = "webhooks"
LEASE = timedelta(seconds=10)
RENEW_EVERY_S = 3.0
LOOK_EVERY_S = 1.0
CLEAN_EVERY_S = 3_600.0
PAUSE_S = 0.5
"""Between pieces of the log that are removed, so that others may write."""


END_S = 5.0
"""How long tries that are on their way may take when the process is told to stop; what is cut off is sent again."""


class LeaseLost(Exception):
    """Another process works."""


class Stopped(Exception):
    """Told to stop, and nothing is on its way any more."""


async def deliver_webhooks(parts: Parts) -> None:
    """The task: work whenever no other process does, until it is cancelled."""
    holder = parts.settings.delivery_instance
    try:
        while True:
            if await _holds(parts, holder):
                await _work_until_told(parts, holder)
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        with suppress(*UNANSWERED):
            async with parts.database.transaction() as session:
                await give_back(session, WORK, holder, utc_now())


async def _holds(parts: Parts, holder: str) -> bool | None:
    """Whether this process may work; None where the database does not tell."""
    try:
        async with parts.database.transaction() as session:
            return await hold(session, WORK, holder, utc_now(), LEASE) is not None
    except UNANSWERED as error:
        log.warning("lease of webhooks unknown", error=f"{type(error).__name__}: {error}"[:300])
        return None


async def _work_until_told(parts: Parts, holder: str) -> None:
    """Work; when it is cancelled, let the tries that are on their way come to an end first."""
    stopping = asyncio.Event()
    working = asyncio.create_task(_work(parts, holder, stopping))
    try:
        await asyncio.shield(working)
    finally:
        stopping.set()
        await asyncio.wait([working], timeout=END_S)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _work(parts: Parts, holder: str, stopping: asyncio.Event) -> None:
    resolver = Resolver(2 * AT_ONCE)
    recorder = Recorder(parts.database)
    notices = Notices(parts.database, parts.settings)
    counts = Counts(parts.settings.redis_url, parts.database)
    try:
        async with asyncio.TaskGroup() as group:
            endpoints = Endpoints(_shared(parts, recorder, counts, resolver), group)
            alerts = Alerts(parts.settings.kafka_bootstrap, parts.database, endpoints.wake)
            for task in (recorder.run(), counts.run(), alerts.run(), endpoints.watch(), notices.run()):
                group.create_task(task)
            group.create_task(_clean_up(parts))
            group.create_task(_renew(parts, holder))
            group.create_task(_end(endpoints, stopping))
    except* LeaseLost:
        log.warning("another process delivers webhooks")
    except* Stopped:
        pass
    finally:
        resolver.close()


def _shared(parts: Parts, recorder: Recorder, counts: Counts, resolver: Resolver) -> Shared:
    settings: Settings = parts.settings
    network = GuardedNetwork(resolver, allow_loopback=settings.webhook_allow_loopback)
    tls = tls_context()
    return Shared(
        database=parts.database,
        recorder=recorder,
        slots=Slots(),
        counts=counts,
        new_sender=lambda: Sender(network, tls, settings.webhook_time_limit, utc_now),
        key=key_of(settings.encryption_key),
        allow_loopback=settings.webhook_allow_loopback,
        first_retry=settings.webhook_first_retry,
    )


class Endpoints:
    """Those for which something waits, each as a task of its own."""

    def __init__(self, shared: Shared, group: asyncio.TaskGroup) -> None:
        self._shared = shared
        self._group = group
        self._running: dict[str, Endpoint] = {}
        self._ending = False

    def wake(self, webhook_ids: Collection[str]) -> None:
        """Something new waits for these."""
        for webhook_id in webhook_ids:
            self._wake(webhook_id, None)

    async def watch(self) -> None:
        """Find what others put into the outbox: tries that a tenant asked for, and what waited for a pause to end."""
        while True:
            try:
                async with self._shared.database.transaction() as session:
                    busy = await outbox.busy(session)
            except UNANSWERED as error:
                log.warning("outbox not read", error=f"{type(error).__name__}: {error}"[:300])
            else:
                for webhook_id, newest in busy.items():
                    self._wake(webhook_id, newest)
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self) -> None:
        """Begin no more tries, and wait for those that are on their way."""
        self._ending = True
        for endpoint in self._running.values():
            endpoint.end()
        while self._running:
            await asyncio.sleep(0.02)

    def _wake(self, webhook_id: str, newest: int | None) -> None:
        if self._ending:
            return
        if (running := self._running.get(webhook_id)) is not None:
            running.wake(newest)
            return
        endpoint = self._running[webhook_id] = Endpoint(webhook_id, self._shared)
        task = self._group.create_task(endpoint.run())
        task.add_done_callback(lambda _: self._running.pop(webhook_id))


async def _end(endpoints: Endpoints, stopping: asyncio.Event) -> None:
    await stopping.wait()
    await endpoints.end()
    raise Stopped


async def _renew(parts: Parts, holder: str) -> None:
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        if await _holds(parts, holder) is False:
            raise LeaseLost


async def _clean_up(parts: Parts) -> None:
    """Forget what is older than the log is kept, piece by piece."""
    while True:
        try:
            more = True
            while more:
                async with parts.database.transaction() as session:
                    more = await outbox.forget_a_piece(session, utc_now())
                await asyncio.sleep(PAUSE_S)
        except UNANSWERED as error:
            log.warning("log of webhooks not cleaned up", error=f"{type(error).__name__}: {error}"[:300])
        await asyncio.sleep(CLEAN_EVERY_S)
