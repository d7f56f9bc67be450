"""Parameters of a query string, each by a reader of its own; all that is wrong with them is told at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from api.ingest.event_fields import Refused
from api.web.cursor import Place
from api.web.problems import Problem

Reader = Callable[[str], Any]
"""From a parameter's text to its value; raises `Refused`, which says what it must be."""


def values_of(
    parameters: Sequence[tuple[str, str]],
    readers: Mapping[str, Reader],
    contradictions: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The values of a URL's decoded parameters, of those that are given.

    ``contradictions`` says of a parameter why it does not go with the others. Raises a `Problem` that names everything
    that is wrong.
    """
    given = dict(parameters)
    wrong = {
        **{key: f"is not known; there are {', '.join(readers)}" for key in given if key not in readers},
        **{key: "is given twice" for key in given if sum(key == other for other, _ in parameters) > 1},
    }
    values: dict[str, Any] = {}
    for key, read in readers.items():
        if key in given and key not in wrong:
            try:
                values[key] = read(given[key])
            except Refused as error:
                wrong[key] = str(error)
    wrong |= contradictions or {}
    if wrong:
        raise bad_parameters(wrong)
    return values


def whole_number(most: int) -> Reader:
    """Reads a number from 1 to ``most``."""
    accepted = Annotated[int, msgspec.Meta(ge=1, le=most)]

    def read(text: str) -> int:
        try:
            number: int = msgspec.convert(text, accepted, strict=False)
        except msgspec.ValidationError:
            raise Refused(f"must be a whole number from 1 to {most}") from None
        return number

    return read


def cursor_of(kind: type[Place]) -> Reader:
    """Reads a place in a walk."""

    def read(text: str) -> Place:
        try:
            return kind.of(text)
        except ValueError:
            raise Refused("is none that a Link header of this API gave") from None

    return read


def bad_parameters(wrong: Mapping[str, str]) -> Problem:
    """What is answered where a parameter is wrong, for the reason given of each."""
    return Problem(
        400,
        "Bad parameters",
        "; ".join(f"{key} {reason}" for key, reason in wrong.items()) + ".",
        type="bad-parameters",
        errors=[{"parameter": key, "reason": reason} for key, reason in wrong.items()],
    )
