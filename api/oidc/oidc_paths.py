"""``/v1/session/oidc`` in the OpenAPI document."""

OIDC_PATH = "/v1/session/oidc"
CALLBACK_PATH = "/v1/session/oidc/callback"


def _parameter(name: str, description: str, schema: dict[str, object]) -> dict[str, object]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _sends_on(description: str, example: str) -> dict[str, object]:
    return {
        "description": description,
        "headers": {"Location": {"schema": {"type": "string"}, "example": example}},
    }


_UNAVAILABLE = {"$ref": "#/components/responses/Unavailable"}

_GO = {
    "operationId": "goToIdentityProvider",
    "tags": ["access"],
    "summary": "Sign in at the tenant's identity provider",
    "description": "For a browser, which is sent there; or back to the account page with the reason where it cannot be.",
    "parameters": [_parameter("tenant_id", "The tenant's id.", {"type": "string"})],
    "responses": {
        "303": _sends_on(
            "Go there.", "https://login.shop.example/authorize?response_type=code&client_id=aurora"
        ),
        "503": _UNAVAILABLE,
    },
}
_BACK = {
    "operationId": "comeFromIdentityProvider",
    "tags": ["access"],
    "summary": "Where the identity provider sends the browser back to",
    "description": "A confirmed e-mail address of one of the domains that the tenant allows signs in; whoever is new is a "
    "viewer.",
    "parameters": [
        _parameter("state", "As it was sent there.", {"type": "string"}),
        _parameter("code", "What the provider answers.", {"type": "string"}),
        _parameter("error", "Why it does not.", {"type": "string"}),
    ],
    "responses": {
        "303": _sends_on("Signed in, or not: the account page tells.", "/v1/account"),
        "503": _UNAVAILABLE,
    },
}

paths: dict[str, object] = {OIDC_PATH: {"get": _GO}, CALLBACK_PATH: {"get": _BACK}}
