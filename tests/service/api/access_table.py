"""What every endpoint of the API asks of its caller: the table that the matrix test walks.

Who adds an endpoint adds a line to ``NEEDS``: its method and path as in its route, and the scope that it requires, or
``OPEN`` for anyone, or ``SIGNED_IN`` for any user in a session. Where the path names a thing that belongs to a tenant by
an id (``{webhook_id}``), the path's beginning up to the id needs a line in ``THINGS`` too, with a function that makes one
for a tenant and gives its id: the test then asks for it as another tenant, which must be told 404. Where the endpoint looks
at the body first, ``BODIES`` has one that it takes.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from service.api.people import person
from service.api.running import Account, Running

OPEN = "nothing"
SIGNED_IN = "a session"

NEEDS: Mapping[str, str] = {
    "POST /v1/ingest/events": "events:write",
    "POST /v1/ingest": OPEN,
    "GET /v1/stock/alerts": "alerts:read",
    "GET /v1/models": "models:read",
    "GET /v1/models/pin": "models:read",
    "PUT /v1/models/pin": "models:write",
    "DELETE /v1/models/pin": "models:write",
    "GET /v1/models/{model_version}": "models:read",
    "GET /v1/usage": "usage:read",
    "DELETE /v1/predictions": "predictions:write",
    "GET /v1/erasures": "predictions:read",
    "POST /v1/erasures": "predictions:write",
    "GET /v1/erasures/{erasure_id}": "predictions:read",
    "GET /v1/predictions/deletions": "predictions:read",
    "GET /v1/predictions/deletions/{deletion_id}": "predictions:read",
    "POST /v1/predictions/deletions/{deletion_id}/restore": "predictions:write",
    "GET /v1/webhooks": "webhooks:read",
    "POST /v1/webhooks": "webhooks:write",
    "GET /v1/webhooks/{webhook_id}": "webhooks:read",
    "PUT /v1/webhooks/{webhook_id}": "webhooks:write",
    "DELETE /v1/webhooks/{webhook_id}": "webhooks:write",
    "POST /v1/webhooks/{webhook_id}/secret": "webhooks:write",
    "POST /v1/webhooks/{webhook_id}/pause": "webhooks:write",
    "POST /v1/webhooks/{webhook_id}/resume": "webhooks:write",
    "POST /v1/webhooks/{webhook_id}/test": "webhooks:write",
    "GET /v1/webhooks/{webhook_id}/deliveries": "webhooks:read",
    "POST /v1/webhooks/{webhook_id}/deliveries/{message_id}/redeliver": "webhooks:write",
    "GET /v1/suppressions": "suppressions:read",
    "PUT /v1/suppressions": "suppressions:write",
    "POST /v1/suppressions": "suppressions:write",
    "DELETE /v1/suppressions": "suppressions:write",
    "GET /v1/suppressions/entry": "suppressions:read",
    "DELETE /v1/suppressions/entry": "suppressions:write",
    "GET /v1/digests/recipients": "digests:read",
    "POST /v1/digests/recipients": "digests:write",
    "DELETE /v1/digests/recipients/{recipient_id}": "digests:write",
    "GET /v1/digests/confirm": OPEN,
    "POST /v1/digests/confirm": OPEN,
    "GET /v1/digests/unsubscribe": OPEN,
    "POST /v1/digests/unsubscribe": OPEN,
    "GET /v1/settings": "settings:read",
    "PUT /v1/settings": "settings:write",
    "DELETE /v1/settings": "settings:write",
    "GET /v1/settings/levels": "settings:read",
    "GET /v1/settings/effective": "settings:read",
    "GET /v1/settings/categories/{category}": "settings:read",
    "PUT /v1/settings/categories/{category}": "settings:write",
    "DELETE /v1/settings/categories/{category}": "settings:write",
    "GET /v1/settings/skus/{sku}": "settings:read",
    "PUT /v1/settings/skus/{sku}": "settings:write",
    "DELETE /v1/settings/skus/{sku}": "settings:write",
    "GET /v1/settings/skus/{sku}/warehouses/{warehouse}": "settings:read",
    "PUT /v1/settings/skus/{sku}/warehouses/{warehouse}": "settings:write",
    "DELETE /v1/settings/skus/{sku}/warehouses/{warehouse}": "settings:write",
    "GET /v1/settings/warehouses/{warehouse}": "settings:read",
    "PUT /v1/settings/warehouses/{warehouse}": "settings:write",
    "DELETE /v1/settings/warehouses/{warehouse}": "settings:write",
    "POST /v1/catalogue/skus": "settings:write",
    "GET /v1/catalogue/skus/{sku}": "settings:read",
    "PUT /v1/catalogue/skus/{sku}": "settings:write",
    "DELETE /v1/catalogue/skus/{sku}": "settings:write",
    "GET /v1/session": SIGNED_IN,
    "POST /v1/session": OPEN,
    "DELETE /v1/session": SIGNED_IN,
    "POST /v1/session/link": OPEN,
    "GET /v1/account": OPEN,
    "GET /v1/account/{name}": OPEN,
    "GET /v1/session/passkeys": SIGNED_IN,
    "POST /v1/session/passkeys": SIGNED_IN,
    "POST /v1/session/passkeys/options": SIGNED_IN,
    "DELETE /v1/session/passkeys/{passkey_id}": SIGNED_IN,
    "POST /v1/session/step-up": SIGNED_IN,
    "POST /v1/session/step-up/options": SIGNED_IN,
    "GET /v1/session/oidc": OPEN,
    "GET /v1/session/oidc/callback": OPEN,
    "GET /v1/identity-provider": "users:read",
    "PUT /v1/identity-provider": "users:write",
    "DELETE /v1/identity-provider": "users:write",
    "GET /v1/users": "users:read",
    "POST /v1/users": "users:write",
    "GET /v1/users/{user_id}": "users:read",
    "PATCH /v1/users/{user_id}": "users:write",
    "POST /v1/users/{user_id}/link": "users:write",
    "DELETE /v1/users/{user_id}/passkeys": "users:write",
    "GET /v1/clients": "clients:read",
    "POST /v1/clients": "clients:write",
    "POST /v1/clients/{client_id}/secret": "clients:write",
    "DELETE /v1/clients/{client_id}": "clients:write",
    "GET /v1/audit": "audit:read",
    # the operator's alone
    "GET /v1/sandbox": OPEN,
    "GET /v1/tenants": "tenants:read",
    "POST /v1/tenants": "tenants:write",
    "GET /v1/tenants/{tenant_id}": "tenants:read",
    "DELETE /v1/tenants/{tenant_id}": "tenants:write",
    "GET /v1/tenants/{tenant_id}/export": "tenants:read",
    "POST /v1/tenants/{tenant_id}/suspend": "tenants:write",
    "POST /v1/tenants/{tenant_id}/resume": "tenants:write",
    "GET /v1/tenants/{tenant_id}/limits": "tenants:read",
    "PUT /v1/tenants/{tenant_id}/limits": "tenants:write",
    "DELETE /v1/tenants/{tenant_id}/limits": "tenants:write",
    "POST /v1/oauth/token": OPEN,
    "GET /.well-known/jwks.json": OPEN,
    "GET /.well-known/oauth-authorization-server": OPEN,
    "GET /v1/status": OPEN,
    "GET /metrics": OPEN,
    "GET /v1/problems/{name}": OPEN,
    "GET /v1/openapi.json": OPEN,
    "GET /v1/docs": OPEN,
    "GET /v1/docs/start.js": OPEN,
    "GET /v1/docs/{name}": OPEN,
}

Maker = Callable[[Running, Account], str]


def made_at(path: str, id: str, **body: Any) -> Maker:
    """A thing that is made by posting this body to the path; ``id`` names the member of the answer that has its id."""

    def make(api: Running, account: Account) -> str:
        answer = api.http.post(path, json=body, headers={"Authorization": f"Bearer {api.token(account)}"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()[id])

    return make


def deletion(api: Running, account: Account) -> str:
    """A deletion of predictions; it is made by no POST."""
    answer = api.http.delete(
        "/v1/predictions?sku=TEA-1", headers={"Authorization": f"Bearer {api.token(account)}"}
    )
    return str(answer.json()["deletion_id"])


def erasure(api: Running, account: Account) -> str:
    """An erasure of a customer, which is answered 202."""
    headers = {"Authorization": f"Bearer {api.token(account)}"}
    answer = api.http.post("/v1/erasures", json={"customer_email": "jane@example.com"}, headers=headers)
    return str(answer.json()["erasure_id"])


THINGS: Mapping[str, Maker] = {
    "/v1/webhooks/{webhook_id}": made_at(
        "/v1/webhooks", "webhook_id", url="https://shop.example/hook", events=["alert.raised"]
    ),
    "/v1/predictions/deletions/{deletion_id}": deletion,
    "/v1/erasures/{erasure_id}": erasure,
    "/v1/digests/recipients/{recipient_id}": made_at(
        "/v1/digests/recipients", "recipient_id", address="planner@shop.example"
    ),
    "/v1/users/{user_id}": lambda api, account: str(person(api, account.tenant_id).user_id),
    "/v1/clients/{client_id}": lambda api, account: account.client_id,
    # the caller is the operator, of whom nobody is a tenant; a tenant's token does not come as far as that
    "/v1/tenants/{tenant_id}": lambda api, account: str(uuid4()),
}

BODIES: Mapping[str, object] = {
    "PUT /v1/webhooks/{webhook_id}": {"url": "https://shop.example/hook", "events": ["alert.raised"]},
    "PATCH /v1/users/{user_id}": {"disabled": True},
    "PUT /v1/tenants/{tenant_id}/limits": {"requests_per_second": 10, "burst": 10},
}
