"""What the stack has to know of a part to run it."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta


class Unhealthy(Exception):
    """A part does not do its work; the message says what it failed at, in one line."""


IN_THE_BACKGROUND = 5
"""``nice`` of what works for nobody who waits: where processors are scarce it gets a third of the time of what is not."""

HealthCheck = Callable[[], None]
"""Returns when the part does its work, raises `Unhealthy` where it does not. Takes a few seconds at most."""


def checked(module: str) -> tuple[str, ...]:
    """The command that runs a module only where the preflight passes, and exits with code 1 where it does not."""
    return (sys.executable, "-m", "ops.checked_start", module)


def nothing() -> None:
    """The preparation of a part that needs none."""


@dataclass(frozen=True, slots=True)
class Part:
    """One supervised process.

    ``prepare`` writes what the process reads when it starts, and may run any number of times. ``always`` marks a part
    that runs as long as supervisord does, whichever others are asked for. ``on_demand`` marks one that is started only
    where it is named. ``nice`` is how far it steps back, by the system's scale, where processors are scarce: what somebody
    waits for goes first.
    """

    name: str
    command: tuple[str, ...]
    check: HealthCheck
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = nothing
    start_limit: timedelta = timedelta(minutes=2)
    stop_limit: timedelta = timedelta(seconds=20)
    always: bool = False
    on_demand: bool = False
    nice: int = 0


class MissingProgram(Exception):
    """A program or a jar that a part runs is not on this machine; the message says how to get it."""
