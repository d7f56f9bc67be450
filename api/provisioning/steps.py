"""What is done to a tenant, cut into steps that can be repeated: after a failure or a kill, all that was done stays."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

Found = TypeVar("Found")


class StepFailed(Exception):
    """A step cannot be done now; the message is its reason in one line, for the operator."""


class Status(StrEnum):
    """How far a step is."""

    DONE = "done"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class StepState:
    """One step as it stands. ``detail`` is why it failed, or what is to be told of how it was done."""

    name: str
    status: Status
    detail: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step(Generic[Found]):
    """Something outside of the database, and then the transaction that marks it as done.

    ``work`` may happen any number of times, also at the same time in two processes, and ends the same. It raises
    `StepFailed`. ``record`` happens once; it is given what ``work`` found, and returns what is to be told of it.
    """

    name: str
    work: Callable[[], Awaitable[Found]]
    record: Callable[[AsyncSession, Found], Awaitable[str | None]]


def recorded(name: str, record: Callable[[AsyncSession], Awaitable[None]]) -> Step[None]:
    """A step that is a change of the database alone."""

    async def nothing() -> None:
        return None

    async def change(session: AsyncSession, _found: None) -> str | None:
        await record(session)
        return None

    return Step(name, nothing, change)


def worked(name: str, work: Callable[[], Awaitable[str | None]]) -> Step[str | None]:
    """A step outside of the database alone; it returns what is to be told of it."""

    async def tell(_session: AsyncSession, found: str | None) -> str | None:
        return found

    return Step(name, work, tell)
