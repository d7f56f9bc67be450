"""Cursors come back as they were given, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from api.web.cursor import Cursor, VersionCursor, link_to_next

names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="|"), min_size=1, max_size=64
)
versions = st.builds(VersionCursor, st.just(1), names)
cursors = st.builds(Cursor, st.just(1), st.integers(0, 2**53 - 1), names, names)


@given(cursors)
def test_a_cursor_survives_its_way_through_a_url(cursor: Cursor) -> None:
    assert set(cursor.token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert Cursor.of(cursor.token) == cursor


@given(cursors, st.data())
def test_a_changed_token_is_no_cursor_or_another_one(cursor: Cursor, data: st.DataObject) -> None:
    token = cursor.token
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.sampled_from("Az0-_")) + token[at + 1 :]
    if changed == token:
        return
    try:
        assert Cursor.of(changed) != cursor
    except ValueError:
        pass


@pytest.mark.parametrize("token", ["", "x", "ä", "====", "AAAA", "lAHPAAAB", "a" * 100_000, "lAEBoWGhYg=="])
def test_other_texts_are_refused(token: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.of(token)


@given(versions)
def test_a_place_among_versions_survives_too_and_is_none_among_alerts(place: VersionCursor) -> None:
    assert VersionCursor.of(place.token) == place
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.of(place.token)


def test_the_next_page_is_asked_for_as_this_one_was() -> None:
    scope = {
        "type": "http",
        "path": "/v1/models",
        "query_string": b"limit=2&cursor=old&note=a%26b",
        "headers": [],
    }
    place = VersionCursor(1, "nb-2.1")
    link = link_to_next(Request(scope), place)
    assert link == f'</v1/models?limit=2&note=a%26b&cursor={place.token}>; rel="next"'
