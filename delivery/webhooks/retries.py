"""What follows a try: it got through, it is to be tried again at some time, or it is given up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

TRIES = 6
"""The first and five more."""
FACTOR = 6
LONGEST_RETRY_AFTER = timedelta(hours=1)
"""Whatever a receiver asks for: a day's wait would make a prediction of a day worthless."""
JITTER = 0.25
GONE = 410

State = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to: a status, or else an error in a few words."""

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    """How long the receiver asked to be left alone."""

    @property
    def got_through(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver says that there will never be anyone."""
        return self.status == GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """The delivery after a try; ``next_try_at`` where it is still waiting."""

    state: State
    next_try_at: datetime | None = None


def verdict(outcome: Outcome, tries: int, now: datetime, first_retry: timedelta, chance: float) -> Verdict:
    """What follows the try that was number ``tries``. Pure; ``chance`` is a random number from 0 to 1."""
    if outcome.got_through:
        return Verdict("delivered")
    if outcome.is_gone or tries >= TRIES:
        return Verdict("failed")
    return Verdict("waiting", now + wait(tries, first_retry, outcome.retry_after, chance))


def wait(tries: int, first_retry: timedelta, retry_after: timedelta | None, chance: float) -> timedelta:
    """How long to wait after so many tries: each time `FACTOR` as long, and never shorter than asked for.

    Where many wait for one receiver, chance keeps them from coming back all at once.
    """
    planned: timedelta = first_retry * FACTOR ** (tries - 1)
    asked = min(retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    return max(planned * (1 + JITTER * (2 * chance - 1)), asked * (1 + JITTER * chance))


def retry_after_of(header: str | None, now: datetime) -> timedelta | None:
    """What the header ``Retry-After`` asks for (RFC 9110, section 10.2.3); None where it says nothing that we know."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(at - now, timedelta(0))
