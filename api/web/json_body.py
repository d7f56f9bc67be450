"""A request's body as JSON of a known form."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from api.web.problems import Problem
from api.web.request_body import read_body

JSON = "application/json"
MOST_BYTES = 16 * 1024

Form = TypeVar("Form")


async def read_json(request: Request, form: type[Form], most_bytes: int = MOST_BYTES) -> Form:
    """The body as a ``form``, which is a struct of msgspec.

    Raises `Problem`: 415 for another media type, 400 for what is not of the form, and those of `read_body`.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(
            415,
            "Unsupported media type",
            f"The body comes as {JSON}.",
            type="unsupported-media-type",
            headers={"Accept": JSON},
        )
    try:
        return msgspec.json.decode(await read_body(request, most_bytes), type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(
            400, "Bad body", f"The body is not of its form: {_sentence(error)}", type="bad-json-body"
        ) from None


def _sentence(error: Exception) -> str:
    text = str(error) or "nested too deep"
    return f"{text[0].lower()}{text[1:]}."
