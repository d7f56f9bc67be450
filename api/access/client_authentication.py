"""How a client shows who it is at the token endpoint (RFC 6749 section 2.3.1), and what it asks for."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from api.access.oauth_errors import OAuthError

MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client's id and secret as sent."""

    client_id: str
    secret: str = field(repr=False)


def form_parameters(body: bytes) -> dict[str, str]:
    """The parameters of a form; those without a value are left out. Raises ``OAuthError`` for a bad form."""
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise OAuthError(
            "invalid_request", "The body is not a form in application/x-www-form-urlencoded."
        ) from None
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise OAuthError("invalid_request", "A parameter is there more than once.")
    return {name: value for name, value in pairs if value}


def client_credentials(authorization: str | None, parameters: Mapping[str, str]) -> Credentials:
    """The credentials from the Authorization header or the form, not both; raises ``OAuthError``."""
    in_form = "client_secret" in parameters
    if authorization is not None:
        if in_form:
            raise OAuthError("invalid_request", "The client authenticates in two ways at once.")
        credentials = _from_header(authorization)
        if parameters.get("client_id", credentials.client_id) != credentials.client_id:
            raise OAuthError(
                "invalid_request", "The form names another client than the Authorization header."
            )
        return credentials
    if not in_form or "client_id" not in parameters:
        raise OAuthError("invalid_client", "The client does not authenticate itself.")
    return Credentials(parameters["client_id"], parameters["client_secret"])


def _from_header(authorization: str) -> Credentials:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        raise OAuthError(
            "invalid_client", "The Authorization header is not of the form: Basic <credentials>."
        )
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        colon = ""
    if not colon:
        raise OAuthError("invalid_client", "The Basic credentials cannot be read.")
    # the RFC has both encoded as form values before they are joined
    return Credentials(unquote_plus(client_id), unquote_plus(secret))
