"""Operations on tenants as the database keeps them: begun once, run until every step is done."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import utc_now
from api.database import Database
from api.provisioning.steps import Status, Step, StepFailed, StepState
from api.provisioning.tables import OperationRow, StepRow

LONGEST_DETAIL = 500


class Kind(StrEnum):
    """What is done to a tenant."""

    OPENING = "opening"
    CLOSING = "closing"


class Incomplete(Exception):
    """A step of an operation failed; those before it are done, and running the operation again goes on with it."""

    def __init__(self, tenant_id: UUID, kind: Kind, states: Sequence[StepState]) -> None:
        self.tenant_id = tenant_id
        self.kind = kind
        self.states = states
        self.failed = next(state for state in states if state.status is Status.FAILED)
        super().__init__(f"the step {self.failed.name} failed: {self.failed.detail}")


async def begin(
    session: AsyncSession,
    tenant_id: UUID,
    kind: Kind,
    first: str,
    request: str | None = None,
    idempotency_key: str | None = None,
    request_digest: bytes | None = None,
) -> OperationRow:
    """A new operation whose first step is what this transaction does."""
    row = OperationRow(
        operation_id=uuid4(),
        tenant_id=tenant_id,
        kind=kind,
        idempotency_key=idempotency_key,
        request_digest=request_digest,
        request=request,
        begun_at=utc_now(),
    )
    session.add(row)
    await session.flush()
    session.add(StepRow(operation_id=row.operation_id, name=first, done_at=utc_now()))
    return row


async def of_tenant(session: AsyncSession, tenant_id: UUID, kind: Kind) -> OperationRow | None:
    """The tenant's operation of this kind, if one was begun."""
    wanted = select(OperationRow).where(OperationRow.tenant_id == tenant_id, OperationRow.kind == kind)
    return (await session.scalars(wanted)).one_or_none()


async def of_key(session: AsyncSession, idempotency_key: str) -> OperationRow | None:
    """The operation that a request with this key began."""
    wanted = select(OperationRow).where(OperationRow.idempotency_key == idempotency_key)
    return (await session.scalars(wanted)).one_or_none()


async def states(session: AsyncSession, operation_id: UUID, names: Sequence[str]) -> list[StepState]:
    """How far the operation's steps of these names are, in this order."""
    found = await session.scalars(select(StepRow).where(StepRow.operation_id == operation_id))
    rows = {row.name: row for row in found}
    return [_state(name, rows.get(name)) for name in names]


async def forget_steps(session: AsyncSession, operation: OperationRow, names: Sequence[str]) -> None:
    """Let steps be done again."""
    of_operation = StepRow.operation_id == operation.operation_id
    await session.execute(delete(StepRow).where(of_operation, StepRow.name.in_(names)))


async def run(
    database: Database, operation: OperationRow, names: Sequence[str], steps: Sequence[Step[Any]]
) -> None:
    """Do each step that is not done, in order; ``names`` are those of all steps, the first one too.

    Raises `Incomplete` at the first that fails.
    """
    async with database.transaction() as session:
        before = await states(session, operation.operation_id, names)
    done = {state.name for state in before if state.status is Status.DONE}
    for step in steps:
        if step.name in done:
            continue
        try:
            await _do(database, operation.operation_id, step)
        except StepFailed as error:
            async with database.transaction() as session:
                await _note_failure(session, operation.operation_id, step.name, str(error))
            async with database.transaction() as session:
                after = await states(session, operation.operation_id, names)
            raise Incomplete(operation.tenant_id, Kind(operation.kind), after) from error
    async with database.transaction() as session:
        (await _locked(session, operation.operation_id)).finished_at = utc_now()


async def _do(database: Database, operation_id: UUID, step: Step[Any]) -> None:
    found = await step.work()
    async with database.transaction() as session:
        await _locked(session, operation_id)
        row = await session.get(StepRow, (operation_id, step.name))
        if row is not None and row.done_at is not None:
            # another process was quicker
            return
        if row is None:
            row = StepRow(operation_id=operation_id, name=step.name)
            session.add(row)
        row.detail = await step.record(session, found)
        row.done_at = utc_now()


async def _note_failure(session: AsyncSession, operation_id: UUID, name: str, reason: str) -> None:
    await _locked(session, operation_id)
    row = await session.get(StepRow, (operation_id, name))
    if row is None:
        session.add(StepRow(operation_id=operation_id, name=name, detail=reason[:LONGEST_DETAIL]))
    elif row.done_at is None:
        row.detail = reason[:LONGEST_DETAIL]


async def _locked(session: AsyncSession, operation_id: UUID) -> OperationRow:
    """The operation's row, for which others wait until this transaction ends."""
    wanted = select(OperationRow).where(OperationRow.operation_id == operation_id).with_for_update()
    return (await session.scalars(wanted)).one()


def _state(name: str, row: StepRow | None) -> StepState:
    if row is None:
        return StepState(name, Status.WAITING)
    if row.done_at is None:
        return StepState(name, Status.FAILED, row.detail)
    return StepState(name, Status.DONE, row.detail, row.done_at)
