"""Who calls, and what they may.

``POST /v1/oauth/token``: `oauth`, `client_authentication` (`attempts`), `clients` (`client_secrets`), `tokens`, `keys`
(`key_store`, `sealing`). What is issued is checked by `authentication` (`verified_tokens`, `account_watch`).
"""
