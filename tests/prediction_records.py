"""Records of predictions for the tests of what comes after the risk job."""

from schemas.encoding import Record

TENANT = "11111111-1111-4111-8111-111111111111"
NOON_MS = 1_795_521_600_000
"""2026-11-24T12:00:00Z"""


def prediction(**changes: object) -> Record:
    """A prediction with an alert in force, times in ms, as the job would send it."""
    return {
        "tenant_id": TENANT,
        "sku": "SKU-1",
        "warehouse": "berlin",
        "stock": 3,
        "velocity": 24.0,
        "probability": 0.9,
        "predicted_oos_at": NOON_MS + 3 * 3_600_000,
        "oos_earliest_at": NOON_MS + 2 * 3_600_000,
        "oos_latest_at": NOON_MS + 9 * 3_600_000,
        "model_version": "test-1",
        "updated_at": NOON_MS,
        "alert_since": NOON_MS - 60_000,
        "received_at": NOON_MS - 1_000,
        **changes,
    }
