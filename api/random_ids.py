"""Random UUIDs, version 4, made many at a time.

Asking the system for randomness lets another thread have the interpreter, and to get it back may take milliseconds while
that thread is busy; so a request does not ask for each of its ids.
"""

import os

MADE_AT_ONCE = 256

_made: list[str] = []
# a child process must not give out what its parent does
os.register_at_fork(after_in_child=_made.clear)


def random_id() -> str:
    """A new UUID as text; from any thread."""
    while True:
        try:
            return _made.pop()
        except IndexError:
            _made.extend(_several())


def _several() -> list[str]:
    digits = os.urandom(16 * MADE_AT_ONCE).hex()
    return [_uuid(digits[start : start + 32]) for start in range(0, len(digits), 32)]


def _uuid(digits: str) -> str:
    # RFC 9562: four bits tell the version, two the variant
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
