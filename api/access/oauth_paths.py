"""The token endpoint and its companions, as OpenAPI describes them."""

from collections.abc import Mapping

from api.access.clients import SCOPES
from api.web.openapi_components import CLIENT_BASIC, RETRY_AFTER

NEVER_STORED = {"description": "Always `no-store`.", "schema": {"const": "no-store"}}

_FORM = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "scope": {
            "type": "string",
            "description": "Fewer scopes than the client has, separated by blanks. Default: all that it has.",
            "examples": list(SCOPES),
        },
        "client_id": {"type": "string", "description": "Where HTTP Basic is not used."},
        "client_secret": {
            "type": "string",
            "format": "password",
            "description": "Where HTTP Basic is not used.",
        },
    },
}

_TOKEN = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": {"type": "string", "description": "A JWT (RFC 9068), signed with ES256."},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "scope": {"type": "string", "description": "The scopes that the token has, separated by blanks."},
    },
}

_ERROR = {
    "type": "object",
    "required": ["error", "error_description"],
    "properties": {
        "error": {
            "enum": [
                "invalid_request",
                "invalid_client",
                "invalid_scope",
                "unsupported_grant_type",
                "temporarily_unavailable",
            ]
        },
        "error_description": {"type": "string"},
    },
}


def _error(
    description: str, error: str, example: str, headers: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    return {
        "description": description,
        "headers": {"Cache-Control": NEVER_STORED, **(headers or {})},
        "content": {
            "application/json": {"schema": _ERROR, "example": {"error": error, "error_description": example}}
        },
    }


_TOKEN_OPERATION = {
    "operationId": "getToken",
    "tags": ["access"],
    "summary": "Get an access token",
    "description": "OAuth 2.0 client credentials (RFC 6749 section 4.4). The client authenticates by HTTP Basic, or by "
    "`client_id` and `client_secret` in the form, not both. Errors have the form that RFC 6749 section 5.2 asks for.",
    "security": [{CLIENT_BASIC: []}, {}],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": _FORM,
                "example": {"grant_type": "client_credentials", "scope": "alerts:read"},
            }
        },
    },
    "responses": {
        "200": {
            "description": "A token.",
            "headers": {"Cache-Control": NEVER_STORED},
            "content": {
                "application/json": {
                    "schema": _TOKEN,
                    "example": {
                        "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
                        "token_type": "Bearer",
                        "expires_in": 3600,
                        "scope": "alerts:read",
                    },
                }
            },
        },
        "400": _error("The request is not right.", "invalid_scope", "The client may have: alerts:read."),
        "401": _error(
            "The client is not known, or its secret is wrong.",
            "invalid_client",
            "The client is not known, or its secret is wrong.",
            {"WWW-Authenticate": {"description": "Basic (RFC 7617).", "schema": {"type": "string"}}},
        ),
        "413": _error("The form is too large.", "invalid_request", "The body has more than 8192 bytes."),
        "429": _error(
            "Too many failed attempts from this place.",
            "temporarily_unavailable",
            "Too many failed attempts.",
            {"Retry-After": RETRY_AFTER},
        ),
        "503": _error(
            "Tokens cannot be issued now.",
            "temporarily_unavailable",
            "Accounts cannot be read now.",
            {"Retry-After": RETRY_AFTER},
        ),
    },
}

_JWKS_OPERATION = {
    "operationId": "getKeys",
    "tags": ["access"],
    "summary": "The keys that tokens are signed with",
    "description": "A JWK Set (RFC 7517). A new key is here before it signs, an old one until its last token expired.",
    "responses": {
        "200": {
            "description": "The public keys.",
            "content": {
                "application/jwk-set+json": {
                    "schema": {
                        "type": "object",
                        "required": ["keys"],
                        "properties": {"keys": {"type": "array", "items": {"type": "object"}}},
                    },
                    "example": {
                        "keys": [
                            {
                                "kty": "EC",
                                "crv": "P-256",
                                "x": "eXoxeVjqSZ3TvebcKKBpsB-OSXSaZVqEvuZ1No4pDVc",
                                "y": "o0YPx-0pDhfV7xyPsBL5rTiFZz9uVuSi_gIyV_BiN58",
                                "use": "sig",
                                "alg": "ES256",
                                "kid": "AdW4J3XTgcj5XHSmTgsXOYHN6Zfx2pZVbfleFrlBguc",
                            }
                        ]
                    },
                }
            },
        },
        "503": {"$ref": "#/components/responses/Unavailable"},
    },
}

_METADATA_OPERATION = {
    "operationId": "getAuthorizationServer",
    "tags": ["access"],
    "summary": "How to get a token, for programs",
    "description": "Authorization server metadata (RFC 8414).",
    "responses": {
        "200": {
            "description": "The metadata.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["issuer", "token_endpoint", "jwks_uri", "grant_types_supported"],
                    },
                    "example": {
                        "issuer": "https://aurora.example",
                        "token_endpoint": "https://aurora.example/v1/oauth/token",
                        "jwks_uri": "https://aurora.example/.well-known/jwks.json",
                        "grant_types_supported": ["client_credentials"],
                    },
                }
            },
        }
    },
}


def oauth_paths(token_path: str, jwks_path: str, metadata_path: str) -> dict[str, object]:
    """The ``paths`` of `api.access.oauth`."""
    return {
        token_path: {"post": _TOKEN_OPERATION},
        jwks_path: {"get": _JWKS_OPERATION},
        metadata_path: {"get": _METADATA_OPERATION},
    }
