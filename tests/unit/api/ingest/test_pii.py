"""Personal data never leaves the process."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import KEY, OTHER_TENANT, TENANT, json_values

from api.ingest.pii import PREFIX, PiiHasher
from api.web.exact_json import MAX_DEPTH, RefusedJson, encode

HASHER = PiiHasher(KEY, TENANT)
SECRET = "sEcReT"


def spelt(name: str) -> st.SearchStrategy[str]:
    """A name in any mixture of cases, with any of the usual separators."""
    words = name.split("_")
    cased = st.tuples(
        *(st.sampled_from([word, word.upper(), word.title(), word.swapcase()]) for word in words)
    )
    return st.builds(
        lambda parts, separator: separator.join(parts), cased, st.sampled_from(["_", "-", "", " "])
    )


personal_keys = spelt("customer_email") | spelt("phone")
secrets = st.builds("{}{}{}".format, st.text(max_size=5), st.just(SECRET), st.text(max_size=5))
personal_values = st.recursive(
    secrets,
    lambda inner: st.lists(inner, min_size=1, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, min_size=1, max_size=3)
    | st.dictionaries(secrets, inner, min_size=1, max_size=2),
    max_leaves=4,
)


@st.composite
def with_personal_data(draw: st.DrawFn) -> Any:
    """JSON with at least one secret under a personal key, at any depth, and even inside a string of JSON."""
    value: Any = {draw(personal_keys): draw(personal_values)}
    for _ in range(draw(st.integers(0, 5))):
        match draw(st.integers(0, 2)):
            case 0:
                value = draw(st.dictionaries(st.text(max_size=5), json_values, max_size=2)) | {"inner": value}
            case 1:
                value = [draw(json_values), value]
            case _:
                value = {"relayed": json.dumps(value)}
    return value


@given(with_personal_data())
def test_personal_data_never_survives(value: Any) -> None:
    protected = json.dumps(HASHER.protect(value), ensure_ascii=False)
    assert SECRET not in protected
    assert PREFIX in protected


@given(with_personal_data(), json_values)
def test_nor_does_it_survive_where_its_key_is_given_again(value: Any, later: Any) -> None:
    text = f'{{"same":{json.dumps(value)},"same":{json.dumps(later)}}}'
    protected = HASHER.protect({"relayed": text})
    assert SECRET not in json.dumps(protected, ensure_ascii=False)
    assert protected == {"relayed": encode({"same": HASHER.protect(later)})}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f'{{"phone":"{SECRET}","phone":null}}', '{"phone":null}'),
        (f'{{"phone":"{SECRET}", "\\u0070hone":""}}', '{"phone":""}'),
        (f'[{{"a":{{"phone":"{SECRET}"}},"a":1.50}}]', '[{"a":1.50}]'),
        (f'{{"a":"{{\\"phone\\":\\"{SECRET}\\"}}","a":1}}', '{"a":1}'),
        (f'{{"a":"{{\\"phone\\":\\"{SECRET}\\",\\"phone\\":null}}"}}', '{"a":"{\\"phone\\":null}"}'),
        (f'{{"a":{{"phone":"{SECRET}","phone":null}},"a":1}}', '{"a":1}'),
    ],
)
def test_of_equal_keys_with_personal_data_the_last_is_kept(text: str, kept: str) -> None:
    assert HASHER.protect({"note": text}) == {"note": kept}


@given(with_personal_data())
def test_to_protect_twice_changes_nothing(value: Any) -> None:
    once = HASHER.protect(value)
    assert HASHER.protect(once) == once


@given(json_values)
def test_what_is_not_personal_stays_as_it_is(value: Any) -> None:
    assert HASHER.protect(value) == value


@pytest.mark.parametrize(
    "text",
    [
        *("{", "[not json]", "{{template}}", '{"a": 1}', "[1, 2]", "  {x", '{"phone": null}'),
        *('{"a": 1.50, "a": 2}', '{"phone": null, "phone": false}', '{"a": {"b": "{"}, "a": "["}'),
    ],
)
def test_strings_that_look_like_json_stay_as_they_are(text: str) -> None:
    assert HASHER.protect({"note": text}) == {"note": text}


def email(text: object, hasher: PiiHasher = HASHER) -> object:
    protected = hasher.protect({"customer_email": text})
    assert isinstance(protected, dict)
    return protected["customer_email"]


def phone(text: object) -> object:
    protected = HASHER.protect({"phone": text})
    assert isinstance(protected, dict)
    return protected["phone"]


def test_a_hash_is_recognisable() -> None:
    token = email("ann@example.com")
    assert isinstance(token, str)
    assert token.startswith(PREFIX) and len(token) == len(PREFIX) + 64


def test_spellings_of_one_address_have_one_hash() -> None:
    assert email(" Ann@Example.COM ") == email("ann@example.com") != email("bob@example.com")


def test_spellings_of_one_number_have_one_hash() -> None:
    assert phone("+49 (30) 123-456") == phone("+4930123456") != phone("4930123456")
    assert phone(4930123456) == phone("4930123456")


def test_numbers_without_digits_are_told_apart() -> None:
    assert phone("unknown") != phone("none")


def test_an_address_and_a_number_with_the_same_text_differ() -> None:
    assert email("123") != phone("123")


def test_tenants_and_keys_differ() -> None:
    others = [PiiHasher(KEY, OTHER_TENANT), PiiHasher(bytes(32), TENANT)]
    assert len({email("ann@example.com"), *(email("ann@example.com", other) for other in others)}) == 3


@pytest.mark.parametrize("value", [None, True, False, "", "  "])
def test_nothing_personal_is_not_hashed(value: object) -> None:
    assert email(value) == value


def test_an_object_under_a_personal_key_has_one_hash_whatever_its_order() -> None:
    assert phone({"home": "1", "work": "2"}) == phone({"work": "2", "home": "1"})


@pytest.mark.parametrize("personal", [True, False])
def test_what_is_nested_too_deeply_is_refused(personal: bool) -> None:
    value: object = "x"
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(RefusedJson):
        HASHER.protect({"phone" if personal else "other": value})


def test_nor_is_it_taken_where_its_key_is_given_again() -> None:
    # up to what neither Python's decoder nor ours can follow
    for depth in range(MAX_DEPTH, 1_200):
        with pytest.raises(RefusedJson):
            HASHER.protect({"note": f'{{"a":{"[" * depth}{"]" * depth},"a":1}}'})
