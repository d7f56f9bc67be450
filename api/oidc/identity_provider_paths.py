"""``/v1/identity-provider`` in the OpenAPI document."""

from api.web.openapi_components import (
    body_of_json,
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

PROVIDER_PATH = "/v1/identity-provider"
DOMAIN = r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_DOMAINS = {
    "type": "array",
    "items": {"type": "string", "pattern": DOMAIN, "maxLength": 120},
    "minItems": 1,
    "maxItems": 20,
    "description": "Whose addresses it vouches for.",
}
_ISSUER = {
    "type": "string",
    "minLength": 1,
    "maxLength": 300,
    "description": "As it names itself, with https; its endpoints are found there by discovery.",
}
_PROVIDER = {
    "type": "object",
    "required": ["issuer", "client_id", "email_domains", "redirect_uri", "sign_in_url"],
    "properties": {
        "issuer": _ISSUER,
        "client_id": _TEXT,
        "email_domains": _DOMAINS,
        "redirect_uri": {"type": "string", "description": "To be entered at the provider."},
        "sign_in_url": {"type": "string", "description": "Where the tenant's users begin."},
    },
}
_EXAMPLE = {
    "issuer": "https://login.shop.example",
    "client_id": "aurora",
    "email_domains": ["shop.example"],
    "redirect_uri": "https://aurora.example/v1/session/oidc/callback",
    "sign_in_url": "https://aurora.example/v1/session/oidc?tenant_id=6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
}
_NONE = refused(
    "The tenant has none.",
    404,
    "no-identity-provider",
    "No identity provider",
    "The tenant's users sign in with passwords alone.",
)

_GET = {
    "operationId": "getIdentityProvider",
    "tags": ["access"],
    "summary": "Where the tenant's users may sign in",
    "security": needs("users:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The provider.", _PROVIDER, _EXAMPLE),
        "404": _NONE,
    },
}
_PUT = {
    "operationId": "setIdentityProvider",
    "tags": ["access"],
    "summary": "Let the tenant's users sign in at an identity provider",
    "description": "OpenID Connect, authorization code with PKCE. Whoever comes from there with a confirmed address of one "
    "of the domains is let in: as the user of that address, or as a new viewer. The provider is asked for its metadata "
    "first. Whoever sets it must have all that an admin has.",
    "security": needs("users:write"),
    "requestBody": body_of_json(
        {"issuer": _ISSUER, "client_id": _TEXT, "client_secret": _TEXT, "email_domains": _DOMAINS},
        {
            "issuer": "https://login.shop.example",
            "client_id": "aurora",
            "client_secret": "as the provider gave it",
            "email_domains": ["shop.example"],
        },
    ),
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "200": response_of_json("The provider.", _PROVIDER, _EXAMPLE),
        "403": refused(
            "The scope or a passkey is missing, or the caller may do less than an admin.",
            403,
            "more-than-own",
            "More than your own",
            "The role admin has scopes that you lack: models:write.",
        ),
        "422": refused(
            "The provider does not answer as it should, or is at no public address.",
            422,
            "bad-identity-provider",
            "Provider not usable",
            "https://login.shop.example: an address of it must begin with https://.",
        ),
    },
}
_DELETE = {
    "operationId": "removeIdentityProvider",
    "tags": ["access"],
    "summary": "Let users sign in with passwords alone",
    "description": "Sessions that began there go on until they end by themselves.",
    "security": needs("users:write"),
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "It is not asked any more."},
        "404": _NONE,
    },
}

paths: dict[str, object] = {PROVIDER_PATH: {"get": _GET, "put": _PUT, "delete": _DELETE}}
