"""Who does something that the audit log tells of."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Kind = Literal["client", "user", "operator"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A tenant's program or person, or an operator of this deployment, who belongs to no tenant.

    ``id`` is the client's id, the user's id as text, or the operator's name on their machine.
    """

    kind: Kind
    id: str
    tenant_id: UUID | None = None


UNNAMED = Actor("operator", "unnamed")
"""Whoever runs a program on the database itself, and does not say who they are."""
