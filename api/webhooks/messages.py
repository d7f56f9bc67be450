"""What webhooks are told: JSON as the Standard Webhooks specification shapes it, the same bytes at every try.

Receivers rely on the form, so members may come and none may change or go.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from uuid import UUID, uuid5

import msgspec

EventType = Literal["alert.raised", "alert.updated", "alert.resolved"]
"""What a webhook may subscribe to."""
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

TEST = "webhook.test"
DISABLED = "webhook.disabled"

_MESSAGES = UUID("8c3a4f0e-5f0b-5c0d-9d55-1a1c4b7b6f3e")


@dataclass(frozen=True, slots=True)
class Message:
    """One event, as all webhooks of the tenant that want it are told of it."""

    message_id: str
    """The same at every try and for every webhook: receivers know by it what they have had."""
    tenant_id: UUID
    type: str
    sku: str | None
    warehouse: str | None
    payload: str


def of_alert(alert: Mapping[str, Any]) -> Message:
    """The message of a record of the topic alerts, times as datetimes; the same record gives the same message."""
    tenant_id = UUID(alert["tenant_id"])
    identity = f"{alert['alert_id']}|{alert['change']}|{alert['changed_at'].isoformat()}"
    return Message(
        message_id=f"msg_{uuid5(_MESSAGES, identity).hex}",
        tenant_id=tenant_id,
        type=f"alert.{alert['change']}",
        sku=alert["sku"],
        warehouse=alert["warehouse"],
        payload=_payload(
            f"alert.{alert['change']}",
            alert["changed_at"],
            {
                "tenant_id": str(tenant_id),
                "alert_id": alert["alert_id"],
                "change": alert["change"],
                "sku": alert["sku"],
                "warehouse": alert["warehouse"],
                "probability": alert["probability"],
                "threshold": alert["threshold"],
                "predicted_oos_at": _shown(alert["predicted_oos_at"]),
                "horizon_hours": alert["horizon_hours"],
                "stock": alert["stock"],
                "raised_at": _shown(alert["raised_at"]),
                "changed_at": _shown(alert["changed_at"]),
                # for programs that call people, who are not to be called before it
                "quiet_until": _shown(alert["quiet_until"]),
                "model_version": alert["model_version"],
            },
        ),
    )


def of_test(tenant_id: UUID, webhook_id: str, now: datetime) -> Message:
    """A message that tells nothing, to see that it arrives."""
    return _of_webhook(TEST, tenant_id, now, {"tenant_id": str(tenant_id), "webhook_id": webhook_id})


def of_disabling(tenant_id: UUID, webhook_id: str, because: str, now: datetime) -> Message:
    """What stands in the log of a webhook that is no longer told anything, and why."""
    data = {"tenant_id": str(tenant_id), "webhook_id": webhook_id, "because": because}
    return _of_webhook(DISABLED, tenant_id, now, data)


def _of_webhook(type: str, tenant_id: UUID, now: datetime, data: Mapping[str, object]) -> Message:
    return Message(
        f"msg_{secrets.token_hex(16)}", tenant_id, type, None, None, payload=_payload(type, now, data)
    )


def _payload(type: str, at: datetime, data: Mapping[str, object]) -> str:
    return msgspec.json.encode({"type": type, "timestamp": _shown(at), "data": data}).decode()


def _shown(at: datetime | None) -> str | None:
    """To the millisecond, as alerts have them."""
    if at is None:
        return None
    return f"{at.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
