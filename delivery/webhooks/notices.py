"""Telling a tenant's people that one of its programs is no longer told anything."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Disabled:
    """A webhook that was disabled, and why: ``gone`` or ``failing``."""

    tenant_id: UUID
    webhook_id: str
    url: str
    because: str


Tell = Callable[[Disabled], Awaitable[None]]
"""Tells the tenant, beside the entry in the webhook's log and in the audit log; what it cannot do it logs."""


async def into_the_log(disabled: Disabled) -> None:
    """For the operator alone, where there is no mail."""
    log.warning(
        "webhook disabled",
        tenant_id=str(disabled.tenant_id),
        webhook_id=disabled.webhook_id,
        because=disabled.because,
    )
