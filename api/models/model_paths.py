"""``/v1/models`` in the OpenAPI document."""

from collections.abc import Mapping

from api.models.model_query import DEFAULT_LIMIT, LONGEST_VERSION, MAX_LIMIT
from api.web.openapi_components import REQUEST_ID, needs, problem, responses_of_every_protected_path

MODELS_PATH = "/v1/models"
PIN_PATH = "/v1/models/pin"
VERSION_PATH = "/v1/models/{model_version}"

_NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_VERSION}
_TIME = {"type": "string", "format": "date-time"}

_MEMBERS: Mapping[str, object] = {
    "model_version": {**_NAME, "description": "Opaque; predictions bear it."},
    "parent": {
        "type": ["string", "null"],
        "description": "The version that this one was learned on from. It may name parameters that Aurora was shipped "
        "with, which are not in the list.",
    },
    "created_at": {**_TIME, "description": "When it was published."},
    "data_from": {**_TIME, "description": "From here on the data that it was learned from."},
    "data_to": {**_TIME, "description": "To here."},
    "labels": {
        "type": "integer",
        "minimum": 0,
        "description": "How many outcomes of predictions it and its ancestors learned from.",
    },
    "scores": {
        "type": "object",
        "additionalProperties": {"type": "number"},
        "description": "How good it was over that data, such as `log_loss` and `ece`; the less the better.",
    },
    "reason": {"type": "string", "description": "Why it was published."},
    "parameters_digest": {"type": "string", "description": "SHA-256 of its parameters, hexadecimal."},
    "serving": {"type": "boolean", "description": "Whether predictions are made by it now."},
    "pinned": {"type": "boolean", "description": "Whether it is pinned."},
}

_PARAMETERS: Mapping[str, object] = {
    "parameters": {"type": "object", "description": "What was learned; its form is the model's own affair."}
}

_EXAMPLE: Mapping[str, object] = {
    "model_version": "nb-2.17-1f3a9c",
    "parent": "nb-2.16-77c0d2",
    "created_at": "2026-11-24T12:00:03.120000Z",
    "data_from": "2026-10-25T00:00:00Z",
    "data_to": "2026-11-24T12:00:00Z",
    "labels": 812,
    "scores": {"ece": 0.0016, "log_loss": 0.0641},
    "reason": "challenger won: log loss .0641 against .0652",
    "parameters_digest": "1f3a9ccf6eefe61f83ed77dc42eef2cbcfb1af6084e4066a248dfbb390f0588b",
    "serving": True,
    "pinned": False,
}
_PINNED_EXAMPLE = {**_EXAMPLE, "pinned": True, "parameters": {"calibration": {"weight": 4.0, "bias": 0.5}}}

_NAME_IN_PATH = {
    "name": "model_version",
    "in": "path",
    "required": True,
    "schema": {**_NAME, "pattern": "^[^/]+$"},
    "example": "nb-2.17-1f3a9c",
}

_HEADERS = {
    "ETag": {
        "description": "Names this answer; send it as If-None-Match to be answered 304 while nothing changes.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": "private, no-cache"},
}
_LINK = {
    "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
    "schema": {"type": "string"},
    "example": '</v1/models?limit=20&cursor=kgGuMi4xNi03N2MwZDI>; rel="next"',
}

_UNCHANGED = {"description": "Nothing changed since the answer that If-None-Match names."}

_UNKNOWN = problem(
    "The tenant's model has no such version.",
    {
        "type": "/v1/problems/unknown-model-version",
        "title": "Unknown version",
        "status": 404,
        "detail": "The tenant's model has no version of this name.",
        "instance": REQUEST_ID,
    },
)


def _object(members: Mapping[str, object]) -> Mapping[str, object]:
    return {
        "type": "object",
        "required": [*members],
        "additionalProperties": False,
        "properties": members,
    }


def _refused(description: str, status: int, type: str, title: str, detail: str) -> Mapping[str, object]:
    example = {
        "type": f"/v1/problems/{type}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
    }
    return problem(description, example)


def _version_answer(description: str) -> Mapping[str, object]:
    schema = _object({**_MEMBERS, **_PARAMETERS})
    return {
        "description": description,
        "headers": _HEADERS,
        "content": {"application/json": {"schema": schema, "example": _PINNED_EXAMPLE}},
    }


_LIST = {
    "operationId": "getModels",
    "tags": ["models"],
    "summary": "The versions of the tenant's model",
    "description": "The newest first, then the one that it was learned on from, and so on. A tenant of whom nothing was "
    "learned yet has none: its predictions are made by the parameters that Aurora was shipped with.",
    "security": needs("models:read"),
    "parameters": [
        {
            "name": "limit",
            "in": "query",
            "description": "Most versions of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "example": 10,
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
        "200": {
            "description": "The versions.",
            "headers": {**_HEADERS, "Link": _LINK},
            "content": {
                "application/json": {
                    "schema": {"type": "array", "items": _object(_MEMBERS)},
                    "example": [_EXAMPLE],
                }
            },
        },
        "304": _UNCHANGED,
        "400": problem(
            "A parameter is unknown, given twice, or not of its form.",
            {
                "type": "/v1/problems/bad-parameters",
                "title": "Bad parameters",
                "status": 400,
                "detail": f"limit must be a whole number from 1 to {MAX_LIMIT}.",
                "instance": REQUEST_ID,
                "errors": [{"parameter": "limit", "reason": f"must be a whole number from 1 to {MAX_LIMIT}"}],
            },
        ),
    },
}

_VERSION = {
    "operationId": "getModelVersion",
    "tags": ["models"],
    "summary": "One version, with its parameters",
    "security": needs("models:read"),
    "parameters": [_NAME_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "200": _version_answer("The version."),
        "304": _UNCHANGED,
        "404": _UNKNOWN,
    },
}

_PINNED = {
    "operationId": "getPinnedModelVersion",
    "tags": ["models"],
    "summary": "The version that is pinned",
    "security": needs("models:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": _version_answer("The version."),
        "304": _UNCHANGED,
        "404": _UNKNOWN,
    },
}

_PIN = {
    "operationId": "pinModelVersion",
    "tags": ["models"],
    "summary": "Let a version make the predictions",
    "description": "Until the pin is taken away, newer versions are learned and listed, but not served. To roll back, pin "
    "the parent. When this is answered the change is safe. The other operations show it, and predictions are made by the "
    "version, within a few seconds; every prediction tells its version.",
    "security": needs("models:write"),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _object({"model_version": _NAME}),
                "example": {"model_version": "nb-2.16-77c0d2"},
            }
        },
    },
    "responses": {
        **responses_of_every_protected_path(),
        "200": {**_version_answer("The version, as it will be."), "headers": {}},
        "400": _refused(
            "The body is not of its form.",
            400,
            "bad-pin",
            "Bad pin",
            'The body must be of the form {"model_version": "nb-2.17-1f3a9c"}. '
            "Object missing required field `model_version`.",
        ),
        "404": _UNKNOWN,
        "408": _refused(
            "The body did not arrive in time.",
            408,
            "slow-body",
            "Request timeout",
            "The body did not arrive within 30 s.",
        ),
        "413": _refused(
            "The body is too large.", 413, "too-large", "Too large", "The body has more than 4096 bytes."
        ),
        "415": _refused(
            "The body is of another type, or of another coding than gzip.",
            415,
            "unsupported-media-type",
            "Unsupported media type",
            "A pin comes as application/json.",
        ),
    },
}

_UNPIN = {
    "operationId": "unpinModelVersion",
    "tags": ["models"],
    "summary": "Let the newest version make the predictions",
    "description": "Where nothing is pinned nothing changes. As with a pin, the effect is seen within a few seconds.",
    "security": needs("models:write"),
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "No version is pinned any more."},
    },
}

paths: dict[str, object] = {
    MODELS_PATH: {"get": _LIST},
    PIN_PATH: {"get": _PINNED, "put": _PIN, "delete": _UNPIN},
    VERSION_PATH: {"get": _VERSION},
}
