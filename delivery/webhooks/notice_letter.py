"""The letter that tells a tenant's people that one of its programs is no longer told anything."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256

import httpx

_BECAUSE = {
    "gone": "It answered 410: there will be nobody at this address any more.",
    "failing": "Nothing has got through to it for a day.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook that was disabled, why and when."""

    tenant: str
    webhook_id: str
    url: str
    description: str
    because: str
    at: datetime


def letter_of(notice: Notice, sender: str, address: str, now: datetime) -> EmailMessage:
    """The same notice to the same address has the same Message-ID, by which mailboxes know it.

    Of the URL it tells the host alone, as the rest may be a secret.
    """
    name, sender_address = parseaddr(sender)
    from_ = Address(name, addr_spec=sender_address)
    host = httpx.URL(notice.url).host
    letter = EmailMessage(SMTP)
    letter["From"] = from_
    letter["To"] = Address(addr_spec=address)
    letter["Subject"] = f"A webhook of {notice.tenant} was disabled: {host}"
    letter["Date"] = format_datetime(now)
    identity = f"{notice.webhook_id}|{notice.at.isoformat()}|{address}"
    letter["Message-ID"] = f"<{sha256(identity.encode()).hexdigest()[:24]}@{from_.domain}>"
    # RFC 3834: no answers by machines to a machine
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(_text(notice, host), cte="quoted-printable")
    return letter


def _text(notice: Notice, host: str) -> str:
    described = f" ({notice.description})" if notice.description else ""
    return (
        f"Aurora no longer sends alerts to a webhook of {notice.tenant}.\n\n"
        f"Webhook: {notice.webhook_id}{described}\n"
        f"Host: {host}\n"
        f"Since: {notice.at:%Y-%m-%d %H:%M} UTC\n"
        f"Why: {_BECAUSE[notice.because]}\n\n"
        "What was still waiting for it was cancelled; its log lists it, and each message can be sent again.\n"
        f"When the program is back: POST /v1/webhooks/{notice.webhook_id}/resume\n"
    )
