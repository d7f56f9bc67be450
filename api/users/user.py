"""A person of a tenant, as the rest of the program knows them."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from api.access.roles import Role

LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


class Status(StrEnum):
    """Whether a user can sign in: not yet, yes, or not any more."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class User:
    """A person of a tenant."""

    user_id: UUID
    tenant_id: UUID
    email: str
    role: Role
    status: Status
    created_at: datetime


def normalised_email(text: str) -> str | None:
    """The address as it is kept, in small letters; nothing for what is none."""
    email = text.strip().lower()
    return email if len(email) <= LONGEST_EMAIL and _EMAIL.fullmatch(email) else None
