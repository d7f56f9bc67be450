"""Words to a letter that mail programs and providers take well."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from api.digests.link_tokens import LinkTokens, Purpose
from api.digests.recipient_paths import CONFIRM_PATH, UNSUBSCRIBE_PATH
from delivery.digest import wording
from delivery.digest.contents import Digest
from delivery.digest.wording import Wording, Words
from delivery.settings import Settings

ID_DIGITS = 24


class Letters:
    """Writes letters to recipients, with links that only they have."""

    def __init__(self, settings: Settings, tokens: LinkTokens) -> None:
        name, address = parseaddr(settings.smtp_from)
        self._from = Address(name, addr_spec=address)
        self._issuer = settings.issuer.rstrip("/")
        self._tokens = tokens

    def digest(
        self, digest: Digest, words: Words, recipient_id: str, address: str, now: datetime
    ) -> EmailMessage:
        """The digest of a day. Sent again it has the same Message-ID, by which mailboxes know it."""
        unsubscribe_url = self._url(UNSUBSCRIBE_PATH, recipient_id, Purpose.UNSUBSCRIBE)
        letter = self._letter(wording.digest(digest, words, unsubscribe_url), address, now)
        letter["Message-ID"] = self._message_id(f"digest|{recipient_id}|{digest.day.isoformat()}")
        # RFC 8058: the mail program's own button
        letter["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        if digest.left_out:
            _attach(letter, f"stock-risks-{digest.day.isoformat()}.csv", wording.as_csv(digest))
        return letter

    def question(self, tenant: str, recipient_id: str, address: str, now: datetime) -> EmailMessage:
        """Whether the digest is wanted."""
        confirm_url = self._url(CONFIRM_PATH, recipient_id, Purpose.CONFIRM)
        letter = self._letter(wording.question(tenant, confirm_url), address, now)
        letter["Message-ID"] = self._message_id(f"question|{recipient_id}|{now.isoformat()}")
        return letter

    def _letter(self, words: Wording, address: str, now: datetime) -> EmailMessage:
        letter = EmailMessage(SMTP)
        letter["From"] = self._from
        letter["To"] = Address(addr_spec=address)
        letter["Subject"] = words.subject
        letter["Date"] = format_datetime(now)
        # RFC 3834: no answers by machines to a machine
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(words.text, cte="quoted-printable")
        letter.add_alternative(words.html, subtype="html", cte="quoted-printable")
        return letter

    def _url(self, path: str, recipient_id: str, purpose: Purpose) -> str:
        return f"{self._issuer}{path}?token={self._tokens.token(recipient_id, purpose)}"

    def _message_id(self, what: str) -> str:
        return f"<{sha256(what.encode()).hexdigest()[:ID_DIGITS]}@{self._from.domain}>"


def _attach(letter: EmailMessage, name: str, text: str) -> None:
    letter.add_attachment(
        text.encode("utf-8-sig"), maintype="text", subtype="csv", filename=name, params={"charset": "utf-8"}
    )
