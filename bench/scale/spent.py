"""What a cluster has spent and done."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of a cluster up to a moment, and what it had done by then."""

    at: float
    """The moment, monotonic."""
    all: float
    source: float
    """Of the thread that reads, decodes and combines."""
    risk: float
    """Of the thread that thinks, in Python."""
    events: int
    rows: int
    """Predictions of events: one for each SKU and window in which something happened to it."""
    predictions: int
    """With those by the clock."""

    def since(self, earlier: "Spent") -> "Cost":
        return Cost(*(now - then for now, then in zip(astuple(self), astuple(earlier), strict=True)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What was spent and done between two moments."""

    seconds: float
    all: float
    source: float
    risk: float
    events: int
    rows: int
    predictions: int

    @property
    def event_us(self) -> float:
        """Of the source's thread for an event."""
        return self.source / max(self.events, 1) * 1e6

    @property
    def row_us(self) -> float:
        """Of the Python thread for a look at a SKU, by its events or by the clock."""
        return self.risk / max(self.predictions, 1) * 1e6
