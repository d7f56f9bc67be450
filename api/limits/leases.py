"""What a process holds of a tenant's tokens, and when it asks for more. No clock and no Redis in here."""

from dataclasses import dataclass

from api.limits.limit import Grant, Limit

LONGEST_PAUSE_S = 1.0
"""After which a bucket is asked again however long it said to wait: the limit may have been raised."""


@dataclass(slots=True)
class Lease:
    """Tokens of one tenant. Times are seconds of a monotonic clock."""

    held: int = 0
    low: float = 0.5
    """Below this it is time to ask for more."""
    ask_from: float = 0.0
    free_at: float = 0.0
    """When the bucket said that it has another token."""

    def take(self) -> bool:
        """Spend a token, if there is one."""
        if self.held < 1:
            return False
        self.held -= 1
        return True

    @property
    def is_low(self) -> bool:
        """Whether it is time to ask for more, unless the bucket was empty a moment ago."""
        return self.held < self.low

    def put(self, grant: Grant, wanted: int, limit: Limit, now: float) -> None:
        """Add what the limit's bucket gave for ``wanted``."""
        self.held += grant.tokens
        self.low = limit.lease / 2
        if grant.tokens < wanted:
            # it is empty, and whoever asks at once finds it so again
            self.free_at = now + grant.wait_s
            self.ask_from = now + min(max(grant.wait_s, limit.pause_s), LONGEST_PAUSE_S)

    def refused_for(self, now: float) -> float:
        """Zero where a token may be had by asking, else the seconds until then."""
        return 0.0 if now >= self.ask_from else max(self.free_at, self.ask_from) - now
