"""The HTTP service: takes events in, answers alert queries, shows and pins the versions of models.

A request's way, and the packages on it:

* every request: `app`, then `web` (what any resource needs of HTTP), `access` (who calls, and what they may) and `limits`
  (how often)
* ``POST /v1/ingest/events``: `ingest`
* ``GET /v1/stock/alerts``: `alerts`
* ``/v1/models``: `models`
* ``/v1/settings`` and ``/v1/catalogue``: `tenant_settings`, `catalogue`, and `outbox` to tell the stream
* ``/v1/predictions`` and ``/v1/erasures``: `hidden_predictions`, `erasures`
* ``/v1/usage``: `usage`
* ``/v1/webhooks``: `webhooks`; the package ``delivery`` sends them
* ``/v1/tenants`` and ``/v1/sandbox``: `provisioning`, `sandbox`
* ``/v1/suppressions`` and ``/v1/digests``: `suppressions`, `digests`; ``delivery`` writes the letters
* ``POST /v1/oauth/token`` and ``/v1/clients``: `access`, `clients`
* ``/v1/session``, ``/v1/users`` and the ways to sign in: `sessions`, `users`, `passkeys`, `oidc`
* ``/v1/audit``, and what every change leaves there: `audit`
* ``GET /v1/status`` and ``/metrics``: `health`
* the documentation: `openapi`, from each resource's ``paths``

`settings` holds all that a deployment may set, `every_table` what the database holds, `migrate` brings it there. `state` is
what the resources share while the service runs, `startup` what must answer before it starts.
"""
