"""What the query string of GET /v1/stock/alerts may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.alerts.alert_paths import PATH, paths
from api.alerts.alert_query import AlertQuery, parse
from api.web.cursor import Cursor
from api.web.problems import Problem

NOON_MS = 1_795_521_600_000


def refused(*parameters: tuple[str, str]) -> set[str]:
    """Names of the parameters that the problem finds fault with."""
    with pytest.raises(Problem) as caught:
        parse(parameters)
    problem = caught.value
    assert problem.status == 400
    errors = problem.extensions["errors"]
    assert isinstance(errors, list)
    assert all(error["parameter"] in problem.detail for error in errors)
    return {error["parameter"] for error in errors}


def test_nothing_asks_for_the_first_page_of_all() -> None:
    assert parse([]) == AlertQuery()


def test_everything_about_a_sku() -> None:
    assert parse([("sku", "SKU 1"), ("since", "2026-11-24T12:00:00Z"), ("threshold", "0")]) == AlertQuery(
        sku="SKU 1", since_ms=NOON_MS, threshold=0.0
    )


def test_everything_about_a_page() -> None:
    cursor = Cursor(1, NOON_MS, "SKU-1", "berlin")
    assert parse([("limit", "7"), ("cursor", cursor.token), ("threshold", "0.95")]) == AlertQuery(
        limit=7, cursor=cursor, threshold=0.95
    )


def test_the_old_name_of_sku_is_taken_and_noted() -> None:
    assert parse([("sku_id", "SKU-1")]) == AlertQuery(sku="SKU-1", said_sku_id=True)


@pytest.mark.parametrize(
    "since", ["2026-11-24T12:00:00Z", "2026-11-24t13:00:00+01:00", "2026-11-24T12:00:00.999Z"]
)
def test_since_is_a_time_with_an_offset_to_the_second(since: str) -> None:
    assert parse([("since", since)]).since_ms == NOON_MS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "2026-11-24T12:00:00"),
        ("since", "2026-11-24T13:00:00 01:00"),
        ("since", "2026-11-24"),
        ("since", "1795521600"),
        ("since", "yesterday"),
        ("since", ""),
        ("threshold", "1.1"),
        ("threshold", "-0.1"),
        ("threshold", "nan"),
        ("threshold", "70%"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "2.5"),
        ("limit", "all"),
        ("cursor", "abc"),
        ("sku", ""),
        ("sku", "a|b"),
        ("sku", " SKU-1"),
        ("sku", "x" * 65),
        ("sku", "a\nb"),
        ("sku_id", ""),
        ("Sku", "SKU-1"),
        ("tenant_id", "11111111-1111-4111-8111-111111111111"),
    ],
)
def test_a_bad_or_unknown_parameter_is_named(name: str, value: str) -> None:
    assert refused((name, value)) == {name}


def test_all_faults_are_named_at_once() -> None:
    assert refused(("threshold", "2"), ("since", "x"), ("page", "1")) == {"threshold", "since", "page"}


def test_a_parameter_given_twice_is_refused() -> None:
    assert refused(("sku", "A"), ("sku", "A")) == {"sku"}
    assert refused(("page", "1"), ("page", "2")) == {"page"}


def test_old_and_new_name_together_are_refused() -> None:
    assert refused(("sku", "A"), ("sku_id", "A")) == {"sku_id"}


@pytest.mark.parametrize("name", ["sku", "sku_id"])
def test_a_sku_has_no_pages(name: str) -> None:
    token = Cursor(1, 0, "A", "B").token
    assert refused((name, "A"), ("limit", "1"), ("cursor", token)) == {"limit", "cursor"}


@given(st.lists(st.tuples(st.text(max_size=8) | st.sampled_from(["sku", "since", "limit"]), st.text())))
def test_any_query_string_is_understood_or_refused(parameters: list[tuple[str, str]]) -> None:
    try:
        parse(parameters)
    except Problem as problem:
        assert problem.status == 400


def test_the_document_describes_every_parameter() -> None:
    described = {parameter["name"] for parameter in paths[PATH]["get"]["parameters"]}  # type: ignore[index]  # JSON
    assert refused(("x", "")) == {"x"}
    with pytest.raises(Problem, match=", ".join(["sku", "sku_id", "since", "threshold", "limit", "cursor"])):
        parse([("x", "")])
    assert described == {"sku", "sku_id", "since", "threshold", "limit", "cursor"}
