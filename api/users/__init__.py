"""A tenant's users: who they are and what they may do.

``/v1/users``: `users`, `user_store`, `user_links`. What the database holds of users, and of how they sign in, is in
`tables`; a role's scopes are in `api.access.roles`; signing in is in `api.sessions`, `api.passkeys` and `api.oidc`.
"""
