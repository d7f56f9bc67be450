"""What a client sends to the token endpoint."""

import base64
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.client_authentication import Credentials, client_credentials, form_parameters
from api.access.oauth_errors import OAuthError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


@given(TEXT, TEXT)
def test_basic_credentials_come_back_whatever_they_hold(client_id: str, secret: str) -> None:
    assert client_credentials(basic(client_id, secret), {}) == Credentials(client_id, secret)


@given(st.dictionaries(TEXT, TEXT, max_size=20))
def test_a_form_comes_back(parameters: dict[str, str]) -> None:
    assert form_parameters(urlencode(parameters).encode()) == parameters


@given(st.binary(max_size=200))
def test_any_body_is_a_form_or_an_invalid_request(body: bytes) -> None:
    try:
        form_parameters(body)
    except OAuthError as error:
        assert (error.error, error.status) == ("invalid_request", 400)


@given(st.text(max_size=100))
def test_any_header_is_read_or_an_invalid_client(header: str) -> None:
    try:
        client_credentials(header, {})
    except OAuthError as error:
        assert (error.error, error.status) == ("invalid_client", 401)


def test_form_credentials() -> None:
    assert client_credentials(None, {"client_id": "a", "client_secret": "b"}) == Credentials("a", "b")


def test_the_same_client_may_be_named_twice_but_not_authenticate_twice() -> None:
    assert client_credentials(basic("a", "b"), {"client_id": "a"}) == Credentials("a", "b")
    for parameters in ({"client_id": "other"}, {"client_id": "a", "client_secret": "b"}):
        with pytest.raises(OAuthError, match="invalid_request"):
            client_credentials(basic("a", "b"), parameters)


@pytest.mark.parametrize("parameters", [{}, {"client_id": "a"}, {"client_secret": "b"}])
def test_half_of_the_credentials_is_none(parameters: dict[str, str]) -> None:
    with pytest.raises(OAuthError, match="invalid_client"):
        client_credentials(None, parameters)


def test_values_that_are_empty_are_not_there_and_repeated_names_are_refused() -> None:
    assert form_parameters(b"a=&b=1") == {"b": "1"}
    with pytest.raises(OAuthError, match="more than once"):
        form_parameters(b"a=1&a=")


def test_a_secret_does_not_show() -> None:
    assert "hidden" not in repr(Credentials("a", "hidden"))
