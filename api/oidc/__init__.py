"""Signing in at a tenant's own identity provider (OpenID Connect: authorization code with PKCE).

``/v1/identity-provider``: `identity_provider`, kept by `provider_store`. ``/v1/session/oidc``: `oidc`, which sends the
browser away and knows it again by `sign_ins`, asks the provider by `provider_calls`, believes an `id_token`, and finds or
makes the user by `arrivals`.
"""
