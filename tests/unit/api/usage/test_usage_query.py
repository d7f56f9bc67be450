"""Which hours or days ``GET /v1/usage`` is about."""

from datetime import UTC, datetime, timedelta

import pytest

from api.usage.usage_query import UsageQuery, parse
from api.web.problems import Problem

NOW = datetime(2026, 11, 24, 12, 34, 56, tzinfo=UTC)


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ([], UsageQuery("day", day(25) - timedelta(days=30), day(25))),
        ([("by", "hour")], UsageQuery("hour", day(23, 13), day(24, 13))),
        (
            [("by", "hour"), ("since", "2026-11-24T01:59:59+01:00"), ("until", "2026-11-24T02:00:00Z")],
            UsageQuery("hour", day(24), day(24, 2)),
        ),
        (
            [("since", "2026-11-02T23:00:00Z"), ("until", "2026-11-03T00:00:01Z")],
            UsageQuery("day", day(2), day(4)),
        ),
    ],
)
def test_times_are_widened_to_whole_periods(parameters: list[tuple[str, str]], query: UsageQuery) -> None:
    assert parse(parameters, NOW) == query


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ([("by", "week")], "by"),
        ([("since", "2026-11-24")], "since"),
        ([("until", "2100-01-01T00:00:01Z")], "until"),
        ([("since", "2026-11-25T00:00:00Z")], "since"),
        ([("by", "hour"), ("since", "2026-10-01T00:00:00Z")], "since"),
        ([("since", "2020-10-01T00:00:00Z")], "since"),
    ],
)
def test_anything_else_is_refused_by_its_name(parameters: list[tuple[str, str]], wrong: str) -> None:
    with pytest.raises(Problem) as problem:
        parse(parameters, NOW)
    assert [error["parameter"] for error in problem.value.extensions["errors"]] == [wrong]  # type: ignore[attr-defined]
