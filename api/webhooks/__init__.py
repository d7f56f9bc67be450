"""``/v1/webhooks``: where a tenant's programs are told of its alerts.

* ``/v1/webhooks``: `webhooks`, `subscription`, then `webhook_store` (`signing_secrets`), described in `webhook_paths`
* ``/v1/webhooks/{webhook_id}/deliveries``: `deliveries`, then `delivery_log`, described in `delivery_paths`
* what is sent: `messages`; where it may go: `targets`; what the database holds of it all: `tables`

The sending itself is the package `delivery`'s.
"""
