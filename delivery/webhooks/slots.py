"""How many tries are made at once, of all endpoints together."""

import asyncio

AT_ONCE = 256


class Slots:
    """Endpoints that fail or are slow share slots of their own, so that however many they are, the others have theirs."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._well = asyncio.Semaphore(at_once)
        self._ailing = asyncio.Semaphore(at_once)

    def of(self, *, well: bool) -> asyncio.Semaphore:
        """What to hold during a try."""
        return self._well if well else self._ailing
