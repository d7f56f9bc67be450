"""Secrets that sign webhooks, in the form of the Standard Webhooks specification: ``whsec_`` and base64."""

import secrets
from base64 import b64encode
from datetime import datetime

from api.access.sealing import seal, unseal
from api.webhooks.tables import WebhookRow

PREFIX = "whsec_"
# the specification asks for 24 to 64
SECRET_BYTES = 32


def new_secret() -> bytes:
    """The bytes that sign; only the receiver and we know them."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """As the receiver gets it, once."""
    return PREFIX + b64encode(secret).decode()


def sealed(key: bytes, webhook_id: str, secret: bytes) -> bytes:
    """As the database holds it: of use to this webhook alone."""
    return seal(key, secret, _context(webhook_id))


def secrets_of(key: bytes, webhook: WebhookRow, now: datetime) -> tuple[bytes, ...]:
    """Those that sign now, the newest first. Raises `api.access.sealing.Unsealable`."""
    valid = [webhook.sealed_secret]
    if webhook.sealed_old_secret and webhook.old_secret_until is not None and now < webhook.old_secret_until:
        valid.append(webhook.sealed_old_secret)
    return tuple(unseal(key, each, _context(webhook.webhook_id)) for each in valid)


def _context(webhook_id: str) -> bytes:
    return b"webhook:" + webhook_id.encode()
