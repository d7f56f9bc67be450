"""Requests of each tenant, counted in this process until they are fetched to be stored."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

HOUR_S = 3_600


@dataclass(slots=True)
class Requests:
    """Requests of a tenant in an hour."""

    taken: int = 0
    refused: int = 0
    """By the rate limit; not among the taken."""


class RequestCounts:
    """Of one event loop."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._hour = 0
        self._hour_ends = 0.0
        self._of_hour: dict[UUID, Requests] = {}
        self._counted: dict[tuple[UUID, int], Requests] = {}

    def count(self, tenant_id: UUID, refused: bool) -> None:
        """One request, now."""
        if self._clock() >= self._hour_ends:
            self._turn_hour()
        requests = self._of_hour.get(tenant_id)
        if requests is None:
            requests = self._of_hour[tenant_id] = self._counted.setdefault(
                (tenant_id, self._hour), Requests()
            )
        if refused:
            requests.refused += 1
        else:
            requests.taken += 1

    def fetch(self) -> Mapping[tuple[UUID, int], Requests]:
        """What was counted since the last fetch, by tenant and hour since 1970."""
        counted, self._counted, self._of_hour = self._counted, {}, {}
        return counted

    def put_back(self, counted: Mapping[tuple[UUID, int], Requests]) -> None:
        """Count what was fetched and could not be stored once more."""
        for key, requests in counted.items():
            mine = self._counted.setdefault(key, Requests())
            mine.taken += requests.taken
            mine.refused += requests.refused

    def _turn_hour(self) -> None:
        self._hour = int(self._clock() // HOUR_S)
        self._hour_ends = (self._hour + 1) * float(HOUR_S)
        self._of_hour = {}
