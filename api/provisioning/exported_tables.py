"""Which of a tenant's rows go into its archive, and what of them: never a secret."""

from collections.abc import Mapping, Sequence

EXPORTED: Mapping[str, Sequence[str]] = {
    "clients": ("client_id", "scopes", "created_at", "revoked_at"),
    "users": ("user_id", "email", "role", "created_at", "disabled_at"),
    "user_identities": ("user_id", "issuer", "subject"),
    "passkeys": ("user_id", "name", "created_at", "used_at"),
    "identity_providers": ("issuer", "client_id", "email_domains"),
    "tenant_settings": (
        *("category", "sku", "warehouse", "threshold", "horizon_hours", "quiet_from", "quiet_to"),
        *("time_zone", "locale", "retention_days", "updated_at"),
    ),
    "tenant_limits": ("requests_per_second", "burst", "changed_at"),
    "catalogue": ("sku", "category", "brand", "updated_at"),
    "webhooks": (
        *("webhook_id", "url", "description", "events", "skus", "warehouses", "state", "disabled_because"),
        "created_at",
    ),
    "webhook_deliveries": (
        *("webhook_id", "message_id", "state", "tries", "created_at", "last_try_at", "last_status"),
        *("last_error", "finished_at"),
    ),
    "prediction_deletions": (
        *("deletion_id", "sku", "warehouse", "made_from", "made_until", "deleted_at", "restored_at"),
        "purged_at",
    ),
    "erasures": ("erasure_id", "customer_hash", "asked_at", "erased_at"),
    "digest_recipients": ("recipient_id", "address", "state", "created_at", "changed_at", "because"),
    "digests": ("recipient_id", "day", "state", "tries", "ended_at", "because"),
    "usage": ("hour", "requests", "refused", "events", "alerts"),
    "audit_log": (
        *("number", "at", "actor_kind", "actor_id", "action", "subject", "before", "after", "hash"),
    ),
}
"""Columns by table."""

LEFT_OUT: Mapping[str, str] = {
    "audit_heads": "the newest entry of audit_log",
    "oidc_sign_ins": "of minutes, and secret",
    "sandboxes": "Aurora's own",
    "suppression_buckets": "in suppressions.csv",
    "suppression_lists": "in suppressions.csv",
    "tenant_operations": "Aurora's own",
    "tenant_steps": "Aurora's own",
    "tenants": "in tenant.json",
    "user_links": "secret",
    "user_sessions": "secret",
    "webhook_messages": "copies of alerts.ndjson",
}
"""Tables with rows of tenants that are not exported, and why."""
