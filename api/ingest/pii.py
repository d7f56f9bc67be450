"""Personal data becomes keyed hashes before an event leaves this process.

A hash is the same for the same person and tenant, so that orders of one customer can still be counted together; without
the key it can neither be reversed nor tried against a list of addresses, and between tenants it cannot be compared.
"""

import hmac
import json
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from uuid import UUID

from api.web import exact_json

PREFIX = "hmac-sha256:"
MAX_KEY = 64

_TOKEN = re.compile(re.escape(PREFIX) + "[0-9a-f]{64}").fullmatch


def is_hash(value: object) -> bool:
    """Whether this is a hash as they stand in stored events."""
    return isinstance(value, str) and _TOKEN(value) is not None


def _email(text: str) -> str:
    return text.strip().lower()


def _phone(text: str) -> str:
    digits = "".join(character for character in text if character.isdecimal())
    if not digits:
        return text.strip().lower()
    return "+" + digits if text.lstrip().startswith("+") else digits


_NORMALISERS: dict[str, Callable[[str], str]] = {"customeremail": _email, "phone": _phone}


@lru_cache(maxsize=4096)
def _name_of(key: str) -> str | None:
    """Which personal datum a key names, whatever its case and separators: ``customerEmail`` is ``customer_email``."""
    name = re.sub(r"[\W_]", "", key).lower()
    return name if name in _NORMALISERS else None


def _personal(key: str) -> str | None:
    # no spelling is so long, and senders' long keys must not fill the memory
    return _name_of(key) if len(key) <= MAX_KEY else None


def _replaced(text: str) -> list[object]:
    """What JSON holds that is lost when it is decoded: each member whose key is given again in the same object."""
    replaced: list[object] = []

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        kept: dict[str, object] = {}
        for key, value in pairs:
            if key in kept:
                replaced.append({key: kept[key]})
            kept[key] = value
        return kept

    try:
        # numbers as they are written, since nothing is reckoned with them
        json.loads(text, object_pairs_hook=members, parse_int=str, parse_float=str)
    except RecursionError:
        raise exact_json.too_deep() from None
    return replaced


class PiiHasher:
    """Replaces ``customer_email`` and ``phone`` in one tenant's payloads, wherever they stand."""

    def __init__(self, key: bytes, tenant_id: UUID) -> None:
        self._key = key
        self._tenant_id = tenant_id

    @cached_property
    def _hash(self) -> hmac.HMAC:
        # a key of the tenant's own, so that equal addresses of two tenants differ
        return hmac.new(hmac.digest(self._key, self._tenant_id.bytes, "sha256"), digestmod="sha256")

    def protect(self, value: object, depth: int = 0) -> object:
        """A copy of decoded JSON without personal data. Raises `RefusedJson` where it is nested too deeply."""
        if depth > exact_json.MAX_DEPTH:
            raise exact_json.too_deep()
        if isinstance(value, dict):
            return {
                key: (
                    self._hashed(name, each, depth + 1)
                    if (name := _personal(key))
                    else self.protect(each, depth + 1)
                )
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [self.protect(each, depth + 1) for each in value]
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            return self._protect_embedded(value, depth)
        return value

    def _protect_embedded(self, text: str, depth: int) -> str:
        """JSON inside a string, as relays of webhooks send it; left as it is where it holds nothing personal."""
        try:
            inner = exact_json.decode(text)
        except exact_json.NotJson:
            return text
        protected = self.protect(inner, depth + 1)
        if protected == inner:
            # the text has all members, of equal keys too
            replaced = _replaced(text)
            if self.protect(replaced, depth) == replaced:
                return text
        return exact_json.encode(protected)

    def _hashed(self, name: str, value: object, depth: int) -> object:
        if depth > exact_json.MAX_DEPTH:
            raise exact_json.too_deep()
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, list):
            return [self._hashed(name, each, depth + 1) for each in value]
        if isinstance(value, dict):
            # its keys may be personal too, so nothing of it stays readable
            return self._token(name, exact_json.encode_canonically(value))
        text = str(value)
        if _TOKEN(text):
            return text
        normal = _NORMALISERS[name](text)
        return self._token(name, normal) if normal else value

    def _token(self, name: str, normal: str) -> str:
        keyed = self._hash.copy()
        keyed.update(f"{name}\0{normal}".encode())
        return PREFIX + keyed.hexdigest()
