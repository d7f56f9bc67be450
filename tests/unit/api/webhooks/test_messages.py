"""What receivers are told; they rely on every byte of its form."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from api.webhooks.messages import of_alert, of_disabling, of_test

GOLDEN = Path(__file__).parent / "golden"
TENANT = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
NOW = datetime(2026, 11, 25, 16, 0, 2, 120_000, UTC)
ALERT = {
    "alert_id": "0e2f4b1c-6d0a-5f7e-9a59-6f3c1f6f8f0d",
    "change": "raised",
    "tenant_id": str(TENANT),
    "sku": "TEE-\u00c4-1",
    "warehouse": "berlin",
    "raised_at": NOW,
    "changed_at": NOW,
    "threshold": 0.7,
    "probability": 0.875,
    "predicted_oos_at": datetime(2026, 11, 26, 9, tzinfo=UTC),
    "stock": 3,
    "model_version": "nb-2.17-1f3a9c",
    "horizon_hours": 24,
    "quiet_until": datetime(2026, 11, 26, 6, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("alert_raised", of_alert(ALERT).payload),
        ("alert_resolved", of_alert({**ALERT, "change": "resolved", "predicted_oos_at": None}).payload),
        ("webhook_test", of_test(TENANT, "wh_5f0c1d2e3a4b5c6d7e8f9a0b", NOW).payload),
        ("webhook_disabled", of_disabling(TENANT, "wh_5f0c1d2e3a4b5c6d7e8f9a0b", "gone", NOW).payload),
    ],
)
def test_the_form_stays(name: str, payload: str) -> None:
    assert payload == (GOLDEN / f"{name}.json").read_text().removesuffix("\n")


def test_a_change_has_one_id_and_another_change_another() -> None:
    message = of_alert(ALERT)
    assert message == of_alert({**ALERT})
    assert message.message_id == "msg_160bdac0f63c5346b40528b39713a2e2"
    others = [
        {**ALERT, "change": "updated"},
        {**ALERT, "changed_at": NOW.replace(second=3)},
        {**ALERT, "alert_id": "1e2f4b1c-6d0a-5f7e-9a59-6f3c1f6f8f0d"},
    ]
    assert len({of_alert(alert).message_id for alert in [ALERT, *others]}) == 4
