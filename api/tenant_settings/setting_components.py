"""What the OpenAPI document says of settings, wherever they appear."""

from collections.abc import Mapping

from api.ingest.event_fields import MAX_NAME
from api.tenant_settings.setting import LONGEST_LOCALE
from api.tenant_settings.setting_query import MAX_LIMIT
from api.web.openapi_components import REQUEST_ID, problem, refused
from schemas import setting_levels

NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": r"^[^|\u0000-\u001f\u007f]+$"}
_NULL = {"type": "null"}
_TIME_OF_DAY = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
TIME = {"type": "string", "format": "date-time"}
LEVEL_KINDS = ["sku_and_warehouse", "sku", "category", "warehouse", "tenant"]
_TAG = '"5b7a1c09e3d24f6881f0a2bc"'

_QUIET = {
    "type": "object",
    "required": ["from", "to"],
    "additionalProperties": False,
    "properties": {"from": _TIME_OF_DAY, "to": _TIME_OF_DAY},
}
VALUES: Mapping[str, dict[str, object]] = {
    "threshold": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "An alert is raised at this probability.",
    },
    "horizon_hours": {
        "type": "integer",
        "enum": list(setting_levels.HORIZONS_HOURS),
        "description": "An alert speaks of running out within so many hours. 24 is what the model learns by; the others "
        "follow from the same law of demand.",
    },
    "quiet_hours": {
        **_QUIET,
        "description": "Local times of day, from the one to the other, over midnight too; the same twice: none. Alerts "
        "are raised then as ever; people are told afterwards.",
    },
    "time_zone": {"type": "string", "description": "An IANA name."},
    "locale": {"type": "string", "maxLength": LONGEST_LOCALE, "description": "A BCP 47 tag."},
    "retention_days": {
        "type": "integer",
        "minimum": 7,
        "maximum": 30,
        "description": "How long the events sent are kept. Of the whole tenant only.",
    },
}


def or_null(schema: Mapping[str, object]) -> dict[str, object]:
    """The schema, or null."""
    described = {key: value for key, value in schema.items() if key == "description"}
    return {
        "anyOf": [{key: value for key, value in schema.items() if key != "description"}, _NULL],
        **described,
    }


SETTINGS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: or_null(schema) for name, schema in VALUES.items()},
}
WHOLE_SETTINGS = {**SETTINGS, "required": [*VALUES]}
EXAMPLE: dict[str, object] = {
    "threshold": 0.8,
    "horizon_hours": 24,
    "quiet_hours": {"from": "22:00", "to": "06:30"},
    "time_zone": "Europe/Berlin",
    "locale": "de-DE",
    "retention_days": None,
}

HEADERS = {
    "ETag": {
        "description": "Names this state: for If-None-Match, and for If-Match at a change.",
        "schema": {"type": "string"},
        "example": _TAG,
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": "private, no-cache"},
}
LINK = {
    "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
    "schema": {"type": "string"},
}
UNCHANGED = {"description": "Nothing changed since the answer that If-None-Match names."}

PRECONDITIONS: list[dict[str, object]] = [
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of what is changed. Either this or If-None-Match is needed.",
        "schema": {"type": "string"},
        "example": _TAG,
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "`*` where there is nothing yet.",
        "schema": {"type": "string"},
    },
]


NOTHING = refused("Nothing is set here.", 404, "nothing-set", "Nothing set", "Nothing is set at this level.")
BAD_NAME = refused(
    "A name in the path can be none.",
    400,
    "bad-name",
    "Bad name",
    f"The sku in the path must be a string of 1 to {MAX_NAME} characters, no | or control characters, no space at its ends.",
)
BAD_PARAMETERS = problem(
    "A parameter is unknown, given twice, or not of its form.",
    {
        "type": "/v1/problems/bad-parameters",
        "title": "Bad parameters",
        "status": 400,
        "detail": f"limit must be a whole number from 1 to {MAX_LIMIT}.",
        "instance": REQUEST_ID,
        "errors": [{"parameter": "limit", "reason": f"must be a whole number from 1 to {MAX_LIMIT}"}],
    },
)
CHANGE_RESPONSES: Mapping[str, object] = {
    "412": refused(
        "It is not as If-Match or If-None-Match say. Nothing was changed.",
        412,
        "stale",
        "Changed meanwhile",
        "This is not what If-Match names any more. Nothing was changed; get it anew.",
    ),
    "428": refused(
        "Neither If-Match nor If-None-Match is there. Nothing was changed.",
        428,
        "precondition-required",
        "Precondition required",
        "Send If-Match with the ETag of what you change, so that nobody's change is overwritten unseen.",
    ),
}
BODY_RESPONSES: Mapping[str, object] = {
    "408": refused(
        "The body did not arrive in time.",
        408,
        "slow-body",
        "Request timeout",
        "The body did not arrive within 30 s.",
    ),
    "413": refused(
        "The body is too large.", 413, "too-large", "Too large", "The body has more than 4096 bytes."
    ),
    "415": refused(
        "The body is of another type, or of another coding than gzip.",
        415,
        "unsupported-media-type",
        "Unsupported media type",
        "The body must be of the type application/json.",
    ),
}


def settings_answer(description: str) -> Mapping[str, object]:
    """An answer that has a level's settings."""
    return {
        "description": description,
        "headers": HEADERS,
        "content": {"application/json": {"schema": WHOLE_SETTINGS, "example": EXAMPLE}},
    }


def name_in_path(name: str, example: str) -> dict[str, object]:
    """A name as a parameter of a path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": "Percent-encoded, a slash too.",
        "schema": NAME,
        "example": example,
    }
