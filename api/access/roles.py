"""Roles of a tenant's users: each is a set of scopes, and this is the one table of them."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a user is, from the least on; each may do all that the one before it may."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"


_RANKS = [*Role]

LEAST_ROLE: Mapping[str, Role] = {
    # how the service is set up and used, but no prediction
    "settings:read": Role.VIEWER,
    "suppressions:read": Role.VIEWER,
    "usage:read": Role.VIEWER,
    "alerts:read": Role.ANALYST,
    "models:read": Role.ANALYST,
    "predictions:read": Role.ANALYST,
    "digests:read": Role.ANALYST,
    "suppressions:write": Role.ANALYST,
    "webhooks:read": Role.ANALYST,
    "audit:read": Role.ADMIN,
    "clients:read": Role.ADMIN,
    "clients:write": Role.ADMIN,
    "digests:write": Role.ADMIN,
    "events:write": Role.ADMIN,
    "models:write": Role.ADMIN,
    "predictions:write": Role.ADMIN,
    "settings:write": Role.ADMIN,
    "users:read": Role.ADMIN,
    "users:write": Role.ADMIN,
    "webhooks:write": Role.ADMIN,
}
"""The least role that has each scope. A scope that is not here is no user's."""


def scopes_of(role: Role) -> frozenset[str]:
    """What a user of this role may do."""
    rank = _RANKS.index(role)
    return frozenset(scope for scope, least in LEAST_ROLE.items() if _RANKS.index(least) <= rank)


def needs_step_up(scope: str) -> bool:
    """Whether it is an admin's action, for which a user must have shown a passkey shortly before."""
    return LEAST_ROLE.get(scope) is Role.ADMIN and not scope.endswith(":read")
