"""Tokens that say nothing."""

from api.access.opaque_tokens import derived, hash_of, new_token


def test_no_two_are_the_same() -> None:
    assert len({new_token() for _ in range(1_000)}) == 1_000
    assert len(new_token()) == 43


def test_the_hash_that_is_kept_is_what_it_was() -> None:
    assert hash_of("token") == "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"


def test_what_is_derived_depends_on_the_token_and_on_what_it_is_for() -> None:
    assert len({derived("a", "x"), derived("a", "y"), derived("b", "x"), hash_of("a")}) == 4
