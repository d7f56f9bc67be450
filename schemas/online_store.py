"""What Redis holds beside Feast's own keys: written by the feature writer, read by the API.

The index is kept in step with `OFFSETS` in one Redis transaction, so it is always the predictions topic folded up to
those offsets. Feast's rows are written just before and may be ahead of it, never behind.
"""

COMPLETE = "aurora:online_store_complete"
"""STRING, there once all that is served has been read to its end since the store was empty. Without it nothing may be served."""

OFFSETS = "aurora:online_store_offsets"
"""HASH of ``topic-partition`` to the next offset to store."""

CAUGHT_UP = "aurora:online_store_caught_up"
"""SET of ``topic-partition``: what of all that is served has been read to its end since the store was empty."""

FRESH_AT = "aurora:online_store_fresh_at"
"""HASH of the partition of predictions to a time in ms: whatever was published before it is stored."""

LATE = "aurora:online_store_late_ms"
"""STRING of the last seconds: how long a prediction took from the receipt of its oldest event to the store. There only where
it was longer than `LATE_MS`; kept for `LATE_KEPT_MS`."""

LATE_MS = 5_000
"""What Aurora promises of all but a few predictions (``docs/adr/adr-020.md``)."""

LATE_KEPT_MS = 10_000

ALERTS_GENERATED = "aurora:metrics:alerts_generated_total"
"""HASH of the change (raised, updated, resolved) to how many were published since the store was empty."""

PREDICTION_LATENCY = "aurora:metrics:prediction_latency_ms"
"""HASH of a Prometheus histogram: ``le_<bound>`` to the observations of at most the bound, ``count`` and ``sum``."""

WEBHOOK_TRIES = "aurora:metrics:webhook_tries_total"
"""HASH of what a try came to (delivered, retried, failed) to how many there were; written by the delivery."""

WEBHOOK_OLDEST_WAITING = "aurora:metrics:webhook_oldest_waiting_seconds"
"""STRING: how long the oldest message has waited for an active webhook; nought where none waits. Of the last seconds."""

LATENCY_BOUNDS_MS = (100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000)

SEPARATOR = "|"
"""Between SKU and warehouse in a member; neither may hold it."""


def warehouses(tenant_id: str, sku: str) -> str:
    """Key of the SET of warehouses for which the SKU has a prediction."""
    # the tenant is a UUID, so a colon in the SKU is no ambiguity
    return f"aurora:warehouses:{tenant_id}:{sku}"


def alerts(tenant_id: str) -> str:
    """Key of the ZSET of the tenant's alerts in force: `alert_member` by the time of raising in ms."""
    return f"aurora:alerts:{tenant_id}"


def alert_member(sku: str, warehouse: str) -> str:
    return f"{sku}{SEPARATOR}{warehouse}"


def split_member(member: str) -> tuple[str, str]:
    """SKU and warehouse of an `alert_member`."""
    sku, _, warehouse = member.partition(SEPARATOR)
    return sku, warehouse


def deletions(tenant_id: str) -> str:
    """Key of the HASH of the tenant's deletions by their ids, as `schemas.prediction_deletions` has them in text.

    Whoever reads a prediction that one of them covers must take it for none.
    """
    return f"aurora:prediction_deletions:{tenant_id}"


def hidden(tenant_id: str) -> str:
    """Key of the HASH of `alert_member` to the message of the newest prediction, where that one is hidden."""
    return f"aurora:hidden_predictions:{tenant_id}"
