"""What a password must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.sessions.common_passwords import COMMON
from api.sessions.passwords import LONGEST, PASSWORD_HASHER, SHORTEST, normalised, weakness

EMAIL = "ada.lovelace@shop.example"


@pytest.mark.parametrize(
    "password",
    [
        "olive drawbridge sings low",
        "Tr0ub4dor&3xyz",
        "пароль из четырех слов",
        "x7Qp-2mVz-9Kdw",
        "a long walk along the river",
    ],
)
def test_what_is_taken(password: str) -> None:
    assert weakness(password, EMAIL) is None


@pytest.mark.parametrize(
    ("password", "part"),
    [
        ("elevenchars", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("abababababab", "different"),
        ("aaaaaaaaaaaaaaaaaaaa", "different"),
        ("Password1234", "guessed first"),
        ("PASSWORD2031!!", "guessed first"),
        ("qwertyuiop9999", "guessed first"),
        ("correcthorsebatterystaple", "guessed first"),
        (EMAIL, "e-mail"),
        (f"my {EMAIL.upper()} !", "e-mail"),
        ("Ada.Lovelace123", "e-mail"),
        ("shop.example2026", "e-mail"),
    ],
)
def test_what_is_not(password: str, part: str) -> None:
    assert part in (weakness(password, EMAIL) or "")


@given(st.sampled_from(sorted(COMMON)), st.sampled_from(["", "1", "!", "2026", "123!"]))
def test_a_common_one_is_common_with_something_at_its_end(common: str, tail: str) -> None:
    if not common.isdigit() and len(common.rstrip("0123456789!?.,-_*#$@ ")) >= 6:
        assert weakness(common.upper() + tail, EMAIL) is not None
    assert weakness(common, EMAIL) is not None


@given(st.text(max_size=300))
def test_every_text_is_judged(password: str) -> None:
    reason = weakness(normalised(password), EMAIL)
    assert reason is None or reason.startswith(("must", "is"))
    if reason is None:
        assert SHORTEST <= len(normalised(password)) <= LONGEST


def test_the_same_characters_composed_in_another_way_are_the_same() -> None:
    assert normalised("caf\u00e9") == normalised("cafe\u0301")


def test_what_is_kept_costs_memory_and_time() -> None:
    kept = PASSWORD_HASHER.hash("olive drawbridge sings low")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert PASSWORD_HASHER.verify(kept, "olive drawbridge sings low")
