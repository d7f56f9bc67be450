"""Looks again and again for whom it is morning, and sends what is not sent yet.

One process at a time does, the holder of a lease, which is held anew before each letter and outlasts it. A digest takes less
time than the wait before it is tried again, so a process that hangs while it sends, and another that takes over, do not send
the same one at once. Mornings go before questions, which have time.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.sealing import key_of
from api.clock import Clock, utc_now
from api.database import UNANSWERED
from api.digests.link_tokens import LinkTokens
from api.outbox.lease import give_back, hold
from delivery.digest import book
from delivery.digest.book import Morning, Recipient
from delivery.digest.contents import Digest, compose
from delivery.digest.letters import Letters
from delivery.digest.risks import Risks, Unavailable
from delivery.mail.mailer import Mailer, Refused, TryLater
from delivery.tasks import Parts

log = structlog.get_logger(__name__)

WORK = "letters"
LEASE = timedelta(seconds=90)
LOOK_EVERY_S = 5.0
QUESTIONS_AT_ONCE = 50


class LeaseLost(Exception):
    """Another process sends."""


async def send_digests(parts: Parts) -> None:
    """The task: send for as long as no other process does, until it is cancelled."""
    if not parts.settings.smtp_host:
        log.info("no letters are sent: AURORA_SMTP_HOST names no mail server")
        return
    worker = DigestWorker(parts, utc_now)
    try:
        while True:
            try:
                await worker.round()
            except LeaseLost:
                pass
            except UNANSWERED as error:
                log.warning("letters not looked for", error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await worker.close()


class DigestWorker:
    """Sends letters by the clock that it is given."""

    def __init__(self, parts: Parts, clock: Clock) -> None:
        settings = parts.settings
        self._database = parts.database
        self._holder = settings.delivery_instance
        self._clock = clock
        self._first_wait = settings.letter_first_retry
        self._mailer = Mailer(settings)
        self._letters = Letters(settings, LinkTokens(key_of(settings.encryption_key)))
        self._risks = Risks(settings, parts.database, clock)
        self._questions: dict[str, tuple[int, datetime]] = {}
        """Tries that came to nothing, and when to try again."""

    async def close(self) -> None:
        """Let another process go on."""
        self._risks.close()
        with suppress(*UNANSWERED):
            async with self._database.transaction() as session:
                await give_back(session, WORK, self._holder, utc_now())

    async def round(self) -> None:
        """Send every letter whose turn it is. Raises `LeaseLost`, or what a database raises that is away."""
        now = self._clock()
        async with self._database.transaction() as session:
            await self._hold(session)
            mornings = await book.mornings(session, now)
            unasked = await book.unasked(session, QUESTIONS_AT_ONCE)
        for morning in mornings:
            await self._send_all(morning)
        for recipient, tenant in unasked:
            await self._ask(recipient, tenant)

    async def contents(self, morning: Morning) -> Digest:
        """What the digest of a tenant's day says now. Raises `Unavailable`."""
        reading = await self._risks.of(morning.tenant_id)
        return compose(morning.tenant, morning.day, reading.predictions, reading.fresh_at)

    def letter(self, digest: Digest, morning: Morning, recipient: Recipient) -> EmailMessage:
        """The digest as one recipient gets it."""
        return self._letters.digest(
            digest, morning.words, recipient.recipient_id, recipient.address, self._clock()
        )

    async def send(self, letter: EmailMessage) -> None:
        """Raises `TryLater` or `Refused`."""
        await self._mailer.send(letter)

    async def _send_all(self, morning: Morning) -> None:
        async with self._database.transaction() as session:
            waiting = await book.waiting(session, morning, self._clock())
        if not waiting:
            return
        try:
            digest = await self.contents(morning)
        except Unavailable as problem:
            log.warning("digest waits", tenant_id=str(morning.tenant_id), because=str(problem))
            return
        for recipient in waiting:
            await self._send(digest, morning, recipient)

    async def _send(self, digest: Digest, morning: Morning, recipient: Recipient) -> None:
        async with self._database.transaction() as session:
            await self._hold(session)
            if not await book.begin(
                session, recipient.recipient_id, morning.day, self._clock(), self._first_wait
            ):
                return
        state, because, no_mailbox = "sent", None, False
        try:
            await self.send(self.letter(digest, morning, recipient))
        except TryLater as problem:
            state, because = "sending", str(problem)
        except Refused as problem:
            state, because, no_mailbox = "failed", str(problem), problem.no_mailbox
        now = self._clock()
        async with self._database.transaction() as session:
            await book.end(session, recipient.recipient_id, morning.day, state, now, because)
            if no_mailbox:
                await book.undeliverable(session, recipient.recipient_id, now, because or "")
        log.info(
            "digest", recipient_id=recipient.recipient_id, day=str(morning.day), state=state, because=because
        )

    async def _ask(self, recipient: Recipient, tenant: str) -> None:
        tries, not_before = self._questions.get(recipient.recipient_id, (0, self._clock()))
        if self._clock() < not_before:
            return
        async with self._database.transaction() as session:
            await self._hold(session)
            if not await book.is_unasked(session, recipient.recipient_id):
                return
        now = self._clock()
        letter = self._letters.question(tenant, recipient.recipient_id, recipient.address, now)
        refused: str | None = None
        try:
            await self.send(letter)
        except TryLater as problem:
            not_before = now + book.wait_after(tries + 1, self._first_wait)
            self._questions[recipient.recipient_id] = (tries + 1, not_before)
            log.warning("question not sent", recipient_id=recipient.recipient_id, because=str(problem))
            return
        except Refused as problem:
            refused = str(problem)
        self._questions.pop(recipient.recipient_id, None)
        async with self._database.transaction() as session:
            if refused is None:
                await book.asked(session, recipient.recipient_id, now)
            else:
                await book.undeliverable(session, recipient.recipient_id, now, refused)

    async def _hold(self, session: AsyncSession) -> None:
        # by the wall's own clock: a test that moves ours must not end the lease of another
        if await hold(session, WORK, self._holder, utc_now(), LEASE) is None:
            raise LeaseLost
