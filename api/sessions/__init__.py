"""Signing in with a password, and the sessions of browsers.

``/v1/session``: `sessions` (`sign_in`, `lockout`, `pauses`, `passwords`). `user_sessions` finds who calls by the cookie
(`cookies`, `cross_site`) in `session_store`. ``/v1/account`` is `account_page`: one small page for all of it.
"""
