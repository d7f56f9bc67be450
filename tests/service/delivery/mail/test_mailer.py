"""Letters over TLS, by who signs in, to a real mail server; nothing goes in the clear that must not."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as POLICY

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr
from service.delivery.webhooks.tls import contexts

from delivery.mail.mailer import Mailer, Refused, TryLater
from delivery.settings import Settings
from ops.ports import free_ports

pytestmark = pytest.mark.service


class Box:
    """Takes letters of who signed in."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str | None]] = []
        """Recipient, and under which TLS version it came."""
        self.says = "250 2.0.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        tls = server.transport.get_extra_info("ssl_object") if server.transport else None
        self.taken.append((envelope.rcpt_tos[0], tls.version() if tls else None))
        return self.says


def knows_aurora(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    """Lets one account in."""
    assert isinstance(given, LoginPassword)
    is_known = (given.login, given.password) == (b"aurora", b"secret")
    return AuthResult(success=is_known, handled=False)


@contextmanager
def serving(box: Box, port: int, server_tls: ssl.SSLContext | None) -> Iterator[None]:
    """A server that takes nothing without TLS and a password, where it has a certificate."""
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=knows_aurora,
        auth_required=server_tls is not None,
        auth_require_tls=True,
        tls_context=server_tls,
        require_starttls=server_tls is not None,
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def settings() -> Settings:
    (port,) = free_ports(1)
    return Settings(
        encryption_key=SecretStr(""),
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_user="aurora",
        smtp_password=SecretStr("secret"),
    )


def letter() -> EmailMessage:
    made = EmailMessage(POLICY)
    made["From"], made["To"], made["Subject"] = "aurora@a.example", "planner@b.example", "Grüße"
    made.set_content("Ä")
    return made


async def test_a_letter_goes_over_tls_by_who_signed_in(box: Box, settings: Settings) -> None:
    server_tls, trusting = contexts("127.0.0.1")
    with serving(box, settings.smtp_port, server_tls):
        await Mailer(settings, trusting).send(letter())
    assert box.taken == [("planner@b.example", "TLSv1.3")]


async def test_a_server_that_nobody_has_reason_to_trust_gets_nothing(box: Box, settings: Settings) -> None:
    server_tls, _ = contexts("127.0.0.1")
    with serving(box, settings.smtp_port, server_tls):
        with pytest.raises(TryLater):
            await Mailer(settings).send(letter())
    assert box.taken == []


async def test_a_server_without_tls_gets_neither_letter_nor_password(box: Box, settings: Settings) -> None:
    with serving(box, settings.smtp_port, None):
        with pytest.raises(TryLater, match="STARTTLS"):
            await Mailer(settings).send(letter())
    assert box.taken == []


async def test_a_wrong_password_is_ours_and_not_the_recipients(box: Box, settings: Settings) -> None:
    server_tls, trusting = contexts("127.0.0.1")
    wrong = settings.model_copy(update={"smtp_password": SecretStr("wrong")})
    with serving(box, settings.smtp_port, server_tls):
        with pytest.raises(TryLater):
            await Mailer(wrong, trusting).send(letter())
    assert box.taken == []


@pytest.mark.parametrize(
    ("says", "problem", "no_mailbox"),
    [
        ("452 4.2.2 mailbox full", TryLater, None),
        ("552 5.3.4 too large", Refused, False),
        ("554 refused", Refused, False),
        ("550 5.1.1 no such user", Refused, True),
    ],
)
async def test_what_is_said_of_the_letter_is_told(
    box: Box, settings: Settings, says: str, problem: type[Exception], no_mailbox: bool | None
) -> None:
    box.says = says
    server_tls, trusting = contexts("127.0.0.1")
    with serving(box, settings.smtp_port, server_tls):
        with pytest.raises(problem) as told:
            await Mailer(settings, trusting).send(letter())
    assert str(told.value) == says
    assert getattr(told.value, "no_mailbox", None) == no_mailbox
