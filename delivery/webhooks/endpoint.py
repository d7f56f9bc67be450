"""One endpoint, for as long as something waits for it: its lane, its connections, its tries."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.webhooks.tables import WebhookRow
from delivery.webhooks import outbox
from delivery.webhooks.counts import Counts
from delivery.webhooks.lane import ENOUGH, Lane, Waiting
from delivery.webhooks.outbox import Ended
from delivery.webhooks.recorder import Recorder
from delivery.webhooks.retries import Outcome, verdict
from delivery.webhooks.sending import Sender
from delivery.webhooks.signing import signed_headers
from delivery.webhooks.slots import Slots
from delivery.webhooks.target import Target, target_of

log = structlog.get_logger(__name__)

PAGE = 2 * ENOUGH
FRESH_S = 1.0
"""How old what we know of the webhook may be when something is sent to it."""
LOOK_AGAIN_S = 30.0
"""How often to look for what was put with a lower number than something that was seen before."""
IDLE_S = 5.0
AGAIN_S = 1.0
PROMPT_S = 2.0
"""Whoever takes longer is slow, and shares the slots of those who fail."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all endpoints use."""

    database: Database
    recorder: Recorder
    slots: Slots
    counts: Counts
    new_sender: Callable[[], Sender]
    key: bytes
    allow_loopback: bool
    first_retry: timedelta


class Endpoint:
    """Sends what waits for a webhook."""

    def __init__(self, webhook_id: str, shared: Shared) -> None:
        self._webhook_id = webhook_id
        self._shared = shared
        self._lane = Lane()
        self._sender = shared.new_sender()
        self._woken = asyncio.Event()
        self._target: Target | None = None
        self._read_at = 0.0
        self._ending = False
        self._more = True
        self._mark = 0
        self._mark_reset_at = time.monotonic()
        self._over: set[int] = set()
        """Deliveries that ended since the outbox was last asked; its answer may be older than that."""

    def wake(self, newest: int | None = None) -> None:
        """Something new waits, or what waits is as new as this number."""
        if newest is None or newest > self._mark:
            self._more = True
            self._woken.set()

    def end(self) -> None:
        """Begin no more tries."""
        self._ending = True
        self._woken.set()

    async def run(self) -> None:
        """Returns when nothing waits any more, or nothing may be sent."""
        try:
            async with asyncio.TaskGroup() as tries:
                while await self._look():
                    for waiting in self._lane.take(utc_now()):
                        tries.create_task(self._try(waiting))
                    if not await self._wait() and not len(self._lane) and not self._more:
                        break
        finally:
            await self._sender.close()

    async def _look(self) -> bool:
        """Whether something may be sent, as the database has it; and take more of it where there is more."""
        self._woken.clear()
        now = time.monotonic()
        if now - self._mark_reset_at > LOOK_AGAIN_S:
            self._mark, self._mark_reset_at, self._more = 0, now, True
        is_stale = now - self._read_at > FRESH_S
        wants_more = self._more and self._lane.wants_more(utc_now())
        if is_stale or wants_more:
            try:
                await self._read(wants_more)
            except UNANSWERED as error:
                log.warning("outbox not read", error=f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(AGAIN_S)
                return not self._ending
        return self._target is not None and not self._ending

    async def _read(self, wants_more: bool) -> None:
        self._over.clear()
        found: list[Waiting] = []
        if wants_more:
            self._more = False
        try:
            async with self._shared.database.transaction() as session:
                webhook = await session.get(WebhookRow, self._webhook_id)
                if wants_more:
                    found += await outbox.waiting(session, self._webhook_id, self._mark, PAGE)
        except BaseException:
            self._more = True
            raise
        self._target, self._read_at = None, time.monotonic()
        if webhook is not None and webhook.state == "active":
            self._target = target_of(webhook, self._shared.key, allow_loopback=self._shared.allow_loopback)
        self._lane.add(one for one in found if one.number not in self._over)
        if found:
            self._mark = found[-1].number
        self._more = self._more or len(found) == PAGE

    async def _wait(self) -> bool:
        """Whether something happened before it was time to go on anyway."""
        due = self._lane.next_due
        if due is not None:
            patience: float | None = (due - utc_now()).total_seconds()
        else:
            patience = None if len(self._lane) else IDLE_S
        if patience is not None and patience <= 0:
            return True
        try:
            async with asyncio.timeout(patience):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    async def _try(self, waiting: Waiting) -> None:
        async with self._shared.slots.of(well=self._lane.is_well):
            target = self._target
            if target is None:
                # paused, disabled or deleted while this waited for its slot: the endpoint ends, its outbox stays
                return
            begun, tried_at = time.monotonic(), utc_now()
            outcome = await self._send(waiting, target)
        if outcome.is_gone:
            self.end()
        self._lane.sent(well=outcome.got_through and time.monotonic() - begun < PROMPT_S)
        self._woken.set()
        follows = verdict(outcome, waiting.tries + 1, utc_now(), self._shared.first_retry, random.random())
        await self._shared.recorder.record(
            Ended(
                waiting=waiting,
                webhook_id=self._webhook_id,
                state=follows.state,
                tried_at=tried_at,
                next_try_at=follows.next_try_at,
                status=outcome.status,
                error=outcome.error,
            )
        )
        self._shared.counts.count(follows.state)
        if follows.next_try_at is None:
            self._over.add(waiting.number)
            self._lane.over(waiting)
        else:
            self._lane.again(waiting, follows.next_try_at)
        self._woken.set()

    async def _send(self, waiting: Waiting, target: Target) -> Outcome:
        if target.flaw is not None:
            return Outcome(error=target.flaw)
        payload, now = waiting.payload.encode(), int(utc_now().timestamp())
        try:
            headers = signed_headers(waiting.message_id, now, payload, target.secrets)
            return await self._sender.send(target.url, headers, payload)
        except Exception:
            # a fault of ours with one message must not keep the others from going
            log.exception("try failed", webhook_id=self._webhook_id, message_id=waiting.message_id)
            return Outcome(error="a mistake of ours")
