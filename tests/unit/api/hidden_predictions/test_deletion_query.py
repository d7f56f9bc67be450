"""What of ``/v1/predictions`` is asked, and what of it is refused."""

import pytest

from api.hidden_predictions.deletion_query import Wanted, parse
from api.web.problems import Problem

NOON = "2026-11-24T12:00:00Z"
NOON_MS = 1_795_521_600_000


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ([("all", "true")], Wanted(None, None, None, None)),
        ([("sku", "TEA"), ("warehouse", "north")], Wanted("TEA", "north", None, None)),
        ([("since", NOON)], Wanted(None, None, NOON_MS, None)),
        ([("until", "2026-11-24T13:00:00+01:00"), ("sku", "TEA")], Wanted("TEA", None, None, NOON_MS)),
    ],
)
def test_what_is_given_is_what_is_hidden(parameters: list[tuple[str, str]], wanted: Wanted) -> None:
    assert parse(parameters) == wanted


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ([], "all"),
        ([("all", "false")], "all"),
        ([("all", "true"), ("sku", "TEA")], "all"),
        ([("sku", "a|b")], "sku"),
        ([("since", "yesterday")], "since"),
        ([("since", "2026-11-24T12:00:00")], "since"),
        ([("until", "9999-12-31T23:59:59-23:00")], "until"),
        ([("since", NOON), ("until", NOON)], "since"),
        ([("tenant", "x")], "tenant"),
    ],
)
def test_anything_else_is_refused_by_its_name(parameters: list[tuple[str, str]], wrong: str) -> None:
    with pytest.raises(Problem) as problem:
        parse(parameters)
    assert problem.value.type == "bad-parameters"
    assert [error["parameter"] for error in problem.value.extensions["errors"]] == [wrong]  # type: ignore[attr-defined]
