"""Which entry is meant, read from the query string."""

from collections.abc import Mapping, Sequence

from api.ingest.event_fields import name
from api.suppressions.entries import Name
from api.web.problems import Problem
from api.web.query_parameters import Reader, values_of


def name_of(parameters: Sequence[tuple[str, str]]) -> Name:
    """The name of a URL's decoded parameters. Raises a `Problem` that says all that is wrong with them."""
    missing = {} if any(key == "sku" for key, _ in parameters) else {"sku": "is required"}
    values = values_of(parameters, _READERS, missing)
    return Name(values["sku"], values.get("warehouse", ""))


def parse_nothing(parameters: Sequence[tuple[str, str]]) -> None:
    """Raise a `Problem` where any is given: one SKU of the list has an address of its own."""
    if parameters:
        raise Problem(
            400,
            "Bad parameters",
            "The list takes no parameters; for one entry see /v1/suppressions/entry.",
            type="bad-parameters",
            errors=[{"parameter": key, "reason": "is not known"} for key in dict(parameters)],
        )


_READERS: Mapping[str, Reader] = {"sku": name, "warehouse": name}
