"""What one who looks after users may do to them."""

from api.access.authentication import Principal
from api.access.roles import Role, scopes_of
from api.web.problems import Problem


def check_role(principal: Principal, role: Role) -> None:
    """Nobody makes a user, or gets into the account of one, who may do more than they may themselves. Raises `Problem`."""
    more = scopes_of(role) - principal.scopes
    if more:
        raise more_than_own(f"The role {role} has scopes that you lack: {', '.join(sorted(more))}.")


def more_than_own(detail: str) -> Problem:
    """What is told to who would give more than they have."""
    return Problem(403, "More than your own", detail, type="more-than-own")
