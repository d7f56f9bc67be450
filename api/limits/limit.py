"""A tenant's limit."""

import math
from dataclasses import dataclass

LEASE_S = 0.05
LEASE_OF_BURST = 0.05
PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests a second on average, and up to ``burst`` at once. Both are above 0."""

    requests_per_second: float
    burst: float

    @property
    def lease(self) -> int:
        """The most tokens that one process holds: what passes in ``LEASE_S``, but little of the burst.

        It is also by how much each process can let more through than the limit says.
        """
        return max(1, math.floor(min(self.requests_per_second * LEASE_S, self.burst * LEASE_OF_BURST)))

    @property
    def pause_s(self) -> float:
        """After an empty bucket was asked, how long until it is worth to ask again."""
        return min(PAUSE_S, self.lease / 2 / self.requests_per_second)

    def share(self, processes: int) -> "Limit":
        """What one of so many processes lets through by itself."""
        return Limit(self.requests_per_second / processes, max(1.0, self.burst / processes))


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens that a bucket gave; where it gave fewer than were wanted, after how long it has another."""

    tokens: int
    wait_s: float
