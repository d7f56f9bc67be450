"""Where a webhook's messages go and what signs them, or why they cannot go."""

from dataclasses import dataclass

import httpx
import structlog

from api.access.sealing import Unsealable
from api.clock import utc_now
from api.webhooks.signing_secrets import secrets_of
from api.webhooks.tables import WebhookRow
from api.webhooks.targets import RefusedTarget, check_url

log = structlog.get_logger(__name__)

NOWHERE = httpx.URL("https://aurora.invalid")


@dataclass(frozen=True, slots=True)
class Target:
    """An active webhook. With a ``flaw`` nothing can be sent to it, and the flaw is what its log tells."""

    url: httpx.URL
    secrets: tuple[bytes, ...]
    flaw: str | None = None


def target_of(webhook: WebhookRow, key: bytes, *, allow_loopback: bool) -> Target:
    """As it is now: an old secret ends, and what may be sent to depends on this process's settings."""
    try:
        url = check_url(webhook.url, allow_loopback=allow_loopback)
        return Target(url, secrets_of(key, webhook, utc_now()))
    except RefusedTarget as error:
        return Target(NOWHERE, (), f"the URL {error}")
    except Unsealable:
        log.error("a webhook's secret cannot be unsealed", webhook_id=webhook.webhook_id)
        return Target(NOWHERE, (), "the secret cannot be read: rotate it")
