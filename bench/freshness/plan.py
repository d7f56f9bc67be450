"""What the generator is to do, and what it saw: told between the two processes as JSON."""

from collections.abc import Sequence
from pathlib import Path

import msgspec


class Phase(msgspec.Struct, frozen=True):
    """A span of the run with its own rate."""

    name: str
    seconds: float
    rate: float
    """Events a second; 0 for none."""


class Tenant(msgspec.Struct, frozen=True):
    """A retailer and its token."""

    tenant_id: str
    token: str


class Plan(msgspec.Struct, frozen=True):
    """All that the generator is told."""

    port: int
    tenants: Sequence[Tenant]
    skus: int
    phases: Sequence[Phase]
    queries_a_second: float
    seed: int


class Sent(msgspec.Struct, frozen=True):
    """One request of the load. Times are seconds since the start."""

    due: float
    done: float
    events: int
    status: int
    """0: no answer."""


class Asked(msgspec.Struct, frozen=True):
    """One query."""

    due: float
    done: float
    status: int


class Probed(msgspec.Struct, frozen=True):
    """One change of a stock, from its acceptance to the first answer that shows it."""

    accepted: float
    shown: float | None
    """None: not within the time that a probe waits."""


class Seen(msgspec.Struct, frozen=True):
    """All that the generator saw."""

    sent: Sequence[Sent]
    asked: Sequence[Asked]
    probed: Sequence[Probed]
    refused_probes: Sequence[float]
    """When each was sent whose change was not taken."""
    skipped_probes: int
    """Probes that were not sent because all SKUs for them still waited for an answer."""


def read_plan(file: Path) -> Plan:
    return msgspec.json.decode(file.read_bytes(), type=Plan)


def read_seen(file: Path) -> Seen:
    return msgspec.json.decode(file.read_bytes(), type=Seen)
