"""Passkeys (WebAuthn): asked of a user, in a session, before an admin's change.

``/v1/session/passkeys`` and ``/v1/session/step-up``: `passkeys`, by `ceremonies`; `passkey_store` keeps them.
"""
