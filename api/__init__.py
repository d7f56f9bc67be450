"""The HTTP service: takes events in, answers alert queries, shows and pins the versions of models.

A request's way, and the modules on it:

* every request: `app`, `observation` (`request_id`, `access_log`, `security_headers`), `authentication`, `problems`
* ``POST /v1/ingest/events``: `events`, `rate_limit`, `request_body`, `gateway`, `event_lines` (`event_rules`,
  `event_fields`, `exact_json`, `pii`, `order_event`), `event_log` (`transactions`), `receipts` (`receipt_book`)
* ``GET /v1/stock/alerts``: `alerts`, `alert_query` (`query_parameters`, `cursor`), `risk_store` (`risk_reader`,
  `coalescing`), `etag`
* ``/v1/models``: `models` (`methods`), `model_query`, `version_store` (`version_reader`, `version_pins`), `model_versions`
* ``POST /v1/oauth/token``: `oauth`, `client_authentication` (`attempts`), `clients` (`client_secrets`), `tokens`, `keys`
  (`key_store`, `sealing`); what is issued is checked by `verified_tokens` and `account_watch`
* ``GET /v1/status`` and ``/metrics``: `status`, `status_board`, `health`, `consumer_lag`; `exposition`, `metrics`,
  `pipeline_metrics`
* the documentation: `openapi` (from each resource's ``paths``), `docs`

`settings` holds all that a deployment may set, `tables` what the database holds, `migrate` brings it there.
"""
