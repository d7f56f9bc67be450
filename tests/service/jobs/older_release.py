"""The release before: the risk job as it would be if it knew no state of a newer version than the first.

Started as a program of its own, like ``jobs/stock_risk.py``, so that what it adds goes to the cluster with the job.
"""

from typing import Any

from pyflink.datastream.functions import RuntimeContext

from jobs import stock_risk
from jobs.arguments import parse
from jobs.sku_risk_function import SkuRiskFunction

KNOWN = 1


class OlderSkuRiskFunction(SkuRiskFunction):
    """Reads and writes states of version 1 alone."""

    def open(self, context: RuntimeContext) -> None:
        """As ever, but for what is read."""
        super().open(context)
        self._state = _OnlyKnown(self._state)


class _OnlyKnown:
    """A state of which another version is none that one can read."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self.update, self.clear = state.update, state.clear

    def value(self) -> bytes | None:
        """The state, if there is one."""
        packed: bytes | None = self._state.value()
        if packed is not None and packed[0] != KNOWN:
            raise ValueError(f"No reader for a state of version {packed[0]}.")
        return packed


if __name__ == "__main__":
    # by its name, since for a type checker a module's imports are none of its own
    setattr(stock_risk, "SkuRiskFunction", OlderSkuRiskFunction)
    stock_risk.build(parse()).execute("stock_risk")
