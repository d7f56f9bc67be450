"""Tokens for tests of single resources."""

from uuid import UUID

from api.access.authentication import InvalidToken, Principal


class Bearers:
    """A token is a tenant's id, and what it may do."""

    async def authenticate(self, token: str) -> Principal:
        tenant, _, scope = token.partition(":")
        if not tenant:
            raise InvalidToken
        return Principal(UUID(tenant), "client_test", frozenset({scope}))
