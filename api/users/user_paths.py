"""``/v1/users`` in the OpenAPI document."""

from collections.abc import Mapping

from api.access.roles import Role
from api.users.user import LONGEST_EMAIL, Status
from api.web.openapi_components import (
    body_of_json,
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

USERS_PATH = "/v1/users"
USER_PATH = "/v1/users/{user_id}"
LINK_PATH = "/v1/users/{user_id}/link"
PASSKEYS_PATH = "/v1/users/{user_id}/passkeys"

_EMAIL = {"type": "string", "minLength": 1, "maxLength": LONGEST_EMAIL}
_ROLE = {"type": "string", "enum": [*Role]}
_TIME = {"type": "string", "format": "date-time"}
_MEMBERS: Mapping[str, object] = {
    "user_id": {"type": "string", "format": "uuid"},
    "email": _EMAIL,
    "role": _ROLE,
    "status": {
        "type": "string",
        "enum": [*Status],
        "description": "`invited` until a password is set, or the user came by the identity provider.",
    },
    "created_at": _TIME,
}
_USER = {
    "type": "object",
    "required": [*_MEMBERS],
    "properties": {
        **_MEMBERS,
        "link": {"type": "string", "description": "Where the user sets a password; told this once."},
        "link_expires_at": _TIME,
    },
}
_EXAMPLE = {
    "user_id": "6d3f3dfb-8f9a-4f0c-9d0a-3a3f6b1f1c11",
    "email": "ada@shop.example",
    "role": "analyst",
    "status": "active",
    "created_at": "2026-11-25T08:00:00Z",
}
_INVITED = {
    **_EXAMPLE,
    "status": "invited",
    "link": "https://aurora.example/v1/account#link=cU1u0Zk0lKAYjd2xkZr6Jxy4oCkM9hF6Pq2l1d9mE3s",
    "link_expires_at": "2026-11-27T08:00:00Z",
}
_ID_IN_PATH = {
    "name": "user_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[^/]+$", "minLength": 1},
    "example": _EXAMPLE["user_id"],
}
_UNKNOWN = refused(
    "The tenant has no such user.",
    404,
    "unknown-user",
    "Unknown user",
    "The tenant has no user with this id.",
)
_NOT_ALLOWED = refused(
    "The scope or a passkey is missing, or the user would have, or has, more scopes than the caller.",
    403,
    "more-than-own",
    "More than your own",
    "The role admin has scopes that you lack: models:write.",
)

_LIST = {
    "operationId": "getUsers",
    "tags": ["access"],
    "summary": "The tenant's users",
    "description": "By their e-mail addresses.",
    "security": needs("users:read"),
    "parameters": [
        {
            "name": "limit",
            "in": "query",
            "description": "Most users of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
            "example": 50,
        },
        {
            "name": "cursor",
            "in": "query",
            "description": "Where the page begins, from the `Link` header of the page before.",
            "schema": {"type": "string"},
        },
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The users.", {"type": "array", "items": _USER}, [_EXAMPLE]),
        "400": refused(
            "A parameter is unknown, given twice, or not of its form.",
            400,
            "bad-parameters",
            "Bad parameters",
            "limit must be a whole number from 1 to 200.",
        ),
    },
}

_INVITE = {
    "operationId": "inviteUser",
    "tags": ["access"],
    "summary": "Invite a user",
    "description": "The answer has a one-time link for you to send them. Nobody can be given more than you may do yourself.",
    "security": needs("users:write"),
    "requestBody": body_of_json(
        {"email": _EMAIL, "role": {**_ROLE, "default": "viewer"}},
        {"email": "ada@shop.example", "role": "analyst"},
        "role",
    ),
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "201": response_of_json("Invited.", _USER, _INVITED),
        "403": _NOT_ALLOWED,
        "409": refused(
            "The tenant has a user with this e-mail address.",
            409,
            "user-exists",
            "User exists",
            "There is a user with this e-mail address.",
        ),
    },
}

_ONE = {
    "operationId": "getUser",
    "tags": ["access"],
    "summary": "One user",
    "security": needs("users:read"),
    "parameters": [_ID_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The user.", _USER, _EXAMPLE),
        "404": _UNKNOWN,
    },
}

_CHANGE = {
    "operationId": "changeUser",
    "tags": ["access"],
    "summary": "Change a user's role, or disable them",
    "description": "In force with the user's next request; a disabled user is signed out everywhere.",
    "security": needs("users:write"),
    "parameters": [_ID_IN_PATH],
    "requestBody": body_of_json(
        {
            "role": {**_ROLE, "type": ["string", "null"], "enum": [*Role, None]},
            "disabled": {"type": ["boolean", "null"]},
        },
        {"role": "viewer"},
        "role",
        "disabled",
    ),
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "200": response_of_json("The user, as they are now.", _USER, {**_EXAMPLE, "role": "viewer"}),
        "403": _NOT_ALLOWED,
        "404": _UNKNOWN,
        "409": refused(
            "The tenant would have no admin.",
            409,
            "last-admin",
            "Last admin",
            "Nobody could undo this: it is the tenant's last admin.",
        ),
    },
}

_NEW_LINK = {
    "operationId": "makeUserLink",
    "tags": ["access"],
    "summary": "Make a link to set a password",
    "description": "For a user who forgot theirs, or lost the invitation. The one made before leads nowhere any more.",
    "security": needs("users:write"),
    "parameters": [_ID_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "201": response_of_json("The user, with the link.", _USER, _INVITED),
        "403": _NOT_ALLOWED,
        "404": _UNKNOWN,
    },
}

_FORGET = {
    "operationId": "forgetUserPasskeys",
    "tags": ["access"],
    "summary": "Forget a user's passkeys",
    "description": "For a user who lost theirs; it signs them out everywhere.",
    "security": needs("users:write"),
    "parameters": [_ID_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "The user has no passkey any more."},
        "404": _UNKNOWN,
    },
}

paths: dict[str, object] = {
    USERS_PATH: {"get": _LIST, "post": _INVITE},
    USER_PATH: {"get": _ONE, "patch": _CHANGE},
    LINK_PATH: {"post": _NEW_LINK},
    PASSKEYS_PATH: {"delete": _FORGET},
}
