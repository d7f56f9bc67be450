"""A letter to one recipient through the mail server, and what its answer means."""

import asyncio
import re
import ssl
from email.message import EmailMessage

import aiosmtplib

from delivery.settings import Settings

TIME_LIMIT_S = 40.0
"""Of one letter, from the connection to the server's last word."""
_NO_MAILBOX = ("5.1.1", "5.1.10")
"""RFC 3463 and 7505: there is no such mailbox, or its domain takes no mail."""
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_LONGEST_REASON = 300


class Undelivered(Exception):
    """The letter was not taken. The text is what the server said."""


class TryLater(Undelivered):
    """It may be taken later: the server is away or busy, or does not know us."""


class Refused(Undelivered):
    """It will not be taken later either. ``no_mailbox``: nor will any other to this address."""

    def __init__(self, reason: str, *, no_mailbox: bool) -> None:
        super().__init__(reason)
        self.no_mailbox = no_mailbox


class Mailer:
    """Sends; each letter over a connection of its own."""

    def __init__(self, settings: Settings, tls: ssl.SSLContext | None = None) -> None:
        """``tls`` says which certificates are trusted, where not those that this machine trusts."""
        self._settings = settings
        self._tls = tls

    async def send(self, letter: EmailMessage) -> None:
        """Hand the letter to the server, to the one recipient that its header names. Raises `TryLater` or `Refused`."""
        settings = self._settings
        try:
            async with asyncio.timeout(TIME_LIMIT_S):
                await aiosmtplib.send(
                    letter,
                    hostname=settings.smtp_host,
                    port=settings.smtp_port,
                    use_tls=settings.smtp_security == "tls",
                    start_tls=settings.smtp_security == "starttls",
                    username=settings.smtp_user or None,
                    password=settings.smtp_password.get_secret_value() or None,
                    tls_context=self._tls,
                    timeout=TIME_LIMIT_S,
                )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            raise _meaning(first.code, first.message) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _meaning(refused.code, refused.message) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # what is said before a recipient is named is about us, and not about the recipient
            raise TryLater(_one_line(str(error) or type(error).__name__)) from None


def _meaning(code: int, message: str) -> Undelivered:
    said = _one_line(f"{code} {message}")
    if code < 500:
        return TryLater(said)
    enhanced = _ENHANCED.match(message)
    return Refused(said, no_mailbox=enhanced is not None and enhanced[0] in _NO_MAILBOX)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]
