"""Limits on failed attempts to get a token, so that guessing is slow and cheap for us."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_REMEMBERED = 10_000
# an owner of one IPv6 network has more addresses than we can count
IPV6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many failures at once, and then one more every ``seconds_each``."""

    at_once: int
    seconds_each: float


# guessing one client's secret from one place; elsewhere the client's owner is not locked out by it
PER_CLIENT = Allowance(at_once=5, seconds_each=12.0)
# guessing of any client's secret from one place
PER_ADDRESS = Allowance(at_once=100, seconds_each=1.0)


class TooManyFailures(Exception):
    """Wait before the next attempt."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class FailedAttempts:
    """Counts this process's failed attempts by client and address, and by address alone.

    An attempt counts as failed from its start, so that many at once do not slip through; success takes it back.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._by_client = _Buckets(PER_CLIENT, monotonic)
        self._by_address = _Buckets(PER_ADDRESS, monotonic)

    def begin(self, client_id: str, address: str) -> None:
        """Count an attempt; raises ``TooManyFailures``."""
        network = network_of(address)
        self._by_address.take(network)
        try:
            self._by_client.take(f"{network} {client_id}")
        except TooManyFailures:
            self._by_address.give_back(network)
            raise

    def succeeded(self, client_id: str, address: str) -> None:
        """The attempt was none to guess: forget it."""
        network = network_of(address)
        self._by_address.give_back(network)
        self._by_client.give_back(f"{network} {client_id}")


class _Buckets:
    """A token bucket for each key; the longest unused are forgotten first."""

    def __init__(self, allowance: Allowance, monotonic: Callable[[], float]) -> None:
        self._allowance = allowance
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        level, now = self._level(key), self._monotonic()
        if level < 1:
            raise TooManyFailures(math.ceil((1 - level) * self._allowance.seconds_each))
        self._set(key, level - 1, now)

    def give_back(self, key: str) -> None:
        self._set(key, min(self._level(key) + 1, self._allowance.at_once), self._monotonic())

    def _level(self, key: str) -> float:
        if key not in self._levels:
            return self._allowance.at_once
        level, at = self._levels[key]
        filled = (self._monotonic() - at) / self._allowance.seconds_each
        return min(level + filled, self._allowance.at_once)

    def _set(self, key: str, level: float, now: float) -> None:
        self._levels[key] = level, now
        self._levels.move_to_end(key)
        if len(self._levels) > MOST_REMEMBERED:
            self._levels.popitem(last=False)


def network_of(address: str) -> str:
    """Of whoever an address belongs to: itself, or of IPv6 the network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # a unix socket's peer has none
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return address
