"""What may be asked of the versions, and how a version is named that is to be pinned."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.models.model_query import DEFAULT_LIMIT, LONGEST_VERSION, MAX_LIMIT, VersionQuery, parse, parse_pin
from api.web.cursor import VersionCursor
from api.web.problems import Problem


def test_without_parameters_the_newest_are_wanted() -> None:
    assert parse([]) == VersionQuery(DEFAULT_LIMIT, begin=None)


def test_a_cursor_tells_where_the_page_begins() -> None:
    token = VersionCursor(1, "nb-2.16-77c0d2").token
    assert parse([("cursor", token), ("limit", str(MAX_LIMIT))]) == VersionQuery(MAX_LIMIT, "nb-2.16-77c0d2")


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ([("limit", "0")], {"limit"}),
        ([("limit", "101")], {"limit"}),
        ([("limit", "ten")], {"limit"}),
        ([("limit", "1"), ("limit", "2")], {"limit"}),
        ([("cursor", "nb-2.16-77c0d2"), ("sku", "A")], {"cursor", "sku"}),
    ],
)
def test_everything_that_is_wrong_is_named(parameters: list[tuple[str, str]], wrong: set[str]) -> None:
    with pytest.raises(Problem) as problem:
        parse(parameters)
    errors = problem.value.extensions["errors"]
    assert isinstance(errors, list)
    assert {error["parameter"] for error in errors} == wrong


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=LONGEST_VERSION))
def test_a_pin_names_its_version(name: str) -> None:
    assert parse_pin(json.dumps({"model_version": name}).encode()) == name


@given(st.binary())
def test_any_other_body_is_a_problem(body: bytes) -> None:
    with pytest.raises(Problem) as problem:
        parse_pin(body)
    assert (problem.value.status, problem.value.type) == (400, "bad-pin")
