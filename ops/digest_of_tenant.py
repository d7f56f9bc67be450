"""A tenant's digest from the command line: as it would be sent now, or sent."""

from dataclasses import dataclass
from email.message import EmailMessage

from pydantic import SecretStr

from api.access.tenants import Tenant
from api.clock import utc_now
from api.database import Database
from delivery.digest import book
from delivery.digest.book import Morning, Recipient
from delivery.digest.contents import Digest
from delivery.digest.risks import Unavailable
from delivery.digest.worker import DigestWorker
from delivery.mail.mailer import Undelivered
from delivery.settings import Settings
from delivery.tasks import Parts
from ops.accounts_database import on_database
from ops.digest_error import DigestError
from ops.environment import environment_of
from ops.settings import StackSettings

NOBODY = Recipient("rcp_nobody", "planner@example.invalid")


@dataclass(frozen=True, slots=True)
class Sent:
    """To whom a digest went, and to whom not and why."""

    to: list[str]
    not_to: dict[str, str]


def preview(stack: StackSettings, tenant: Tenant) -> EmailMessage:
    """The letter as one recipient would get it now. Raises `DigestError`."""
    settings = _settings(stack)

    async def look(database: Database) -> EmailMessage:
        worker, morning, digest = await _of_now(settings, database, tenant)
        await worker.close()
        return worker.letter(digest, morning, NOBODY)

    return on_database(stack, look)


def send_now(stack: StackSettings, tenant: Tenant) -> Sent:
    """Send it to each active recipient, besides what the morning sends. Raises `DigestError`."""
    settings = _settings(stack)
    if not settings.smtp_host:
        raise DigestError("AURORA_SMTP_HOST names no mail server")

    async def send(database: Database) -> Sent:
        worker, morning, digest = await _of_now(settings, database, tenant)
        async with database.transaction() as session:
            recipients = await book.active(session, tenant.tenant_id)
        sent = Sent([], {})
        for recipient in recipients:
            letter = worker.letter(digest, morning, recipient)
            # a mailbox must not take the morning's own for this one
            letter.replace_header("Message-ID", f"<{utc_now().timestamp():.6f}.{letter['Message-ID'][1:]}")
            try:
                await worker.send(letter)
                sent.to.append(recipient.address)
            except Undelivered as problem:
                sent.not_to[recipient.address] = str(problem)
        await worker.close()
        return sent

    return on_database(stack, send)


async def _of_now(
    settings: Settings, database: Database, tenant: Tenant
) -> tuple[DigestWorker, Morning, Digest]:
    worker = DigestWorker(Parts(settings, database), utc_now)
    async with database.transaction() as session:
        morning = await book.morning_of(session, tenant.tenant_id, utc_now())
    try:
        return worker, morning, await worker.contents(morning)
    except Unavailable as problem:
        await worker.close()
        raise DigestError(str(problem)) from None


def _settings(stack: StackSettings) -> Settings:
    """The delivery's, as the stack would start it; what is about mail comes from this process's environment."""
    given = {
        name.removeprefix("AURORA_").lower(): value
        for name, value in environment_of(stack).items()
        if name.startswith("AURORA_")
    }
    of_delivery = {name: value for name, value in given.items() if name in Settings.model_fields}
    return Settings.model_validate({**Settings(encryption_key=SecretStr("")).model_dump(), **of_delivery})
