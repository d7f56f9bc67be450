"""E-mail addresses as they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.users.user import normalised_email


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("ada@shop.example", "ada@shop.example"),
        ("  Ada.Lovelace+1@SHOP.Example\n", "ada.lovelace+1@shop.example"),
        ("o'brien@a-b.co.uk", "o'brien@a-b.co.uk"),
        ("ada", None),
        ("ada@shop", None),
        ("ada@@shop.example", None),
        ("ada@shop.example@evil.example", None),
        ("ada love@shop.example", None),
        ("ada@shop..example", None),
        ("ada@.example", None),
        (f"{'a' * 65}@shop.example", None),
        (f"ada@{'a' * 250}.example", None),
        ("ada\0@shop.example", None),
    ],
)
def test_an_address_is_in_small_letters_or_none(text: str, email: str | None) -> None:
    assert normalised_email(text) == email


@given(st.text(max_size=40))
def test_once_is_enough(text: str) -> None:
    email = normalised_email(f"{text}@shop.example")
    assert email is None or normalised_email(email) == email
