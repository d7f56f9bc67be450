"""How long one has to wait after failed attempts: nothing at first, then twice as long each time."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pauses:
    """``free`` attempts may fail without a pause, the next costs ``first``, and none costs more than ``longest``."""

    free: int
    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """The pause after so many failures in a row."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta(0)
        # 2 ** 40 times any pause is longer than the longest
        return min(self.first * (1 << min(beyond - 1, 40)), self.longest)


OF_ACCOUNT = Pauses(free=5, first=timedelta(seconds=2), longest=timedelta(minutes=15))
# many people may sit behind one address
OF_NETWORK = Pauses(free=50, first=timedelta(seconds=2), longest=timedelta(minutes=15))
FORGOTTEN_AFTER = timedelta(hours=24)
