"""Passwords that people choose: what one must be, and how it is kept."""

import unicodedata

from argon2 import PasswordHasher

from api.sessions.common_passwords import COMMON

SHORTEST, LONGEST = 12, 256
FEWEST_DIFFERENT = 5

# 64 MiB, about 150 ms: several times what secrets of 256 random bits need, for people choose worse
PASSWORD_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


def normalised(password: str) -> str:
    """The same for every way in which a keyboard may compose the same characters."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str) -> str | None:
    """Why a password, normalised, is not taken, to go on a sentence that starts with "The password"; or nothing."""
    folded, (name, _, domain) = password.casefold(), email.casefold().partition("@")
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if len(set(folded)) < FEWEST_DIFFERENT:
        return f"must have at least {FEWEST_DIFFERENT} different characters"
    if folded in COMMON or _without_tail(folded) in _COMMON_STEMS:
        return "is one of those that are guessed first"
    if email.casefold() in folded or _without_tail(folded) in (name, domain, name + domain):
        return "must not be the e-mail address, or a part of it with something at its end"
    return None


def _without_tail(password: str) -> str:
    return password.rstrip("0123456789!?.,-_*#$@ ")


_COMMON_STEMS = frozenset(stem for password in COMMON if len(stem := _without_tail(password)) >= 6)
