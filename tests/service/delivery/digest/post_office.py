"""A real mail server that takes letters, or does what a test tells it to."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.ports import free_ports

Says = Callable[[], str | None]
"""What the server says instead of taking a letter; None: it takes it."""


class PostOffice:
    """What arrived, by recipient, and what is said to those who bring more."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[EmailMessage] = []
        self.says_to: dict[str, Says] = {}
        """By recipient, when it is named."""
        self.before_taking: Callable[[], None] = lambda: None
        """Called when a letter is there as a whole, before its sender is told so."""

    def to(self, address: str) -> list[EmailMessage]:
        """The letters that arrived for someone, in their order."""
        return [letter for letter in self.letters if letter["To"] == address]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take the recipient, or say what is to be said."""
        said = self.says_to.get(address, lambda: None)()
        if said is not None:
            return said
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the letter."""
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.SMTP)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.before_taking()
        return "250 2.0.0 OK"


@contextmanager
def open_post_office() -> Iterator[PostOffice]:
    """A server on a free port, until the block ends."""
    (port,) = free_ports(1)
    post_office = PostOffice(port)
    controller = Controller(post_office, hostname="127.0.0.1", port=port, server_hostname="mail.test")
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.noop()
        yield post_office
    finally:
        controller.stop()
