"""The two ceremonies of WebAuthn, by the library ``webauthn``: a passkey is made, and a passkey is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.sessions.session_store import Session

NAME = "Aurora"


class PasskeyRefused(Exception):
    """What the browser sent does not show the passkey."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key, and how often its authenticator says that it was used."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Ceremonies:
    """Ceremonies at pages of one origin. Options are JSON as `PublicKeyCredential` parses it in the browser."""

    origin: str

    @property
    def relying_party(self) -> str:
        """The name that passkeys are made for."""
        return urlsplit(self.origin).hostname or ""

    def making_options(self, session: Session, challenge: bytes, known: Sequence[str]) -> str:
        """For a passkey that is none of those that the user has."""
        return options_to_json(
            generate_registration_options(
                rp_id=self.relying_party,
                rp_name=NAME,
                user_id=session.user_id.bytes,
                user_name=session.email,
                challenge=challenge,
                exclude_credentials=_descriptors(known),
                # it comes after a password or an identity provider, so that a plain security key will do
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
            )
        )

    def made(self, credential: Mapping[str, Any], challenge: bytes) -> Passkey:
        """The passkey that was made; raises `PasskeyRefused`."""
        try:
            verified = verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.relying_party,
                expected_origin=self.origin,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            raise PasskeyRefused(str(error)) from error
        return Passkey(
            bytes_to_base64url(verified.credential_id), verified.credential_public_key, verified.sign_count
        )

    def showing_options(self, challenge: bytes, known: Sequence[str]) -> str:
        """For one of the passkeys that the user has."""
        return options_to_json(
            generate_authentication_options(
                rp_id=self.relying_party,
                challenge=challenge,
                allow_credentials=_descriptors(known),
                user_verification=UserVerificationRequirement.PREFERRED,
            )
        )

    def shown(self, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int:
        """The passkey's new count of uses; raises `PasskeyRefused`, also where a copy of it may be about."""
        try:
            verified = verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.relying_party,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            raise PasskeyRefused(str(error)) from error
        return verified.new_sign_count


def _descriptors(ids: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in ids]
