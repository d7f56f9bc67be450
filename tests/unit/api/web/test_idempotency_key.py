"""The header Idempotency-Key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.web.idempotency_key import MAX_KEY, idempotency_key
from api.web.problems import Problem


def key(*values: str) -> str | None:
    return idempotency_key(Headers(raw=[(b"idempotency-key", value.encode()) for value in values]))


printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=MAX_KEY)


@given(printable)
def test_a_quoted_key_is_what_stands_between_the_quotes(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert key(f'"{escaped}"') == text


@given(printable.filter(lambda text: text == text.strip() and not text.startswith('"')))
def test_a_key_without_quotes_is_itself(text: str) -> None:
    assert key(text) == text


def test_with_and_without_quotes_is_the_same_key() -> None:
    assert key("8e03978e-40d5") == key('"8e03978e-40d5"')


def test_no_header_is_no_key() -> None:
    assert key() is None


@pytest.mark.parametrize(
    "values",
    [
        ("",),
        ("a", "b"),
        ("a" * 256,),
        ('"a',),
        ('"a"b"',),
        ('""',),
        ('"a";p=1',),
        ("é",),
        ("a\tb",),
        ('"\\x"',),
    ],
)
def test_what_is_no_key_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as caught:
        key(*values)
    assert caught.value.status == 400
    assert caught.value.type == "bad-idempotency-key"
