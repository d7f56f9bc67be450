"""The two keys that a tenant has in the topic models."""

import re

from schemas.topics import TENANT_PATTERN

_PINNED = "|pinned"
_KEY = re.compile(rf"({TENANT_PATTERN})({re.escape(_PINNED)})?".encode())


def newest_key(tenant_id: str) -> bytes:
    """Under which the learner publishes the tenant's newest version."""
    return tenant_id.encode()


def pinned_key(tenant_id: str) -> bytes:
    """Under which a version is pinned: served instead of the newest until a tombstone follows."""
    return f"{tenant_id}{_PINNED}".encode()


def tenant_and_pinned(key: bytes) -> tuple[str, bool]:
    """Whose key it is, and whether it is that of a pin. Raises ``ValueError`` for a key that is neither of the two."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r:.80} is no key of a tenant's models")
    return found[1].decode(), found[2] is not None
