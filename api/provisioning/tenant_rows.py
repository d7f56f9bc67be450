"""All rows of a tenant in the accounts database, whichever table they are in."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Table, delete, or_, select

from api.every_table import Base

OUTLIVING = frozenset({"audit_log", "audit_heads", "tenant_operations", "tenant_steps"})
"""Tables whose rows stay when the tenant goes: what was done to it, and the operation that removes it."""


def removals(tenant_id: UUID) -> Iterator[Delete]:
    """Statements that together remove every row of the tenant, those that refer to others first."""
    for table in reversed(Base.metadata.sorted_tables):
        owned = of_tenant(table, tenant_id)
        if owned is not None and table.name not in OUTLIVING:
            yield delete(table).where(owned)


def of_tenant(table: Table, tenant_id: UUID) -> ColumnElement[bool] | None:
    """Which rows are the tenant's: by their own column, or by a row that they refer to. None: the table is nobody's."""
    if "tenant_id" in table.c:
        return table.c.tenant_id == tenant_id
    parents = []
    for key in table.foreign_keys:
        parent = key.column.table
        owned = of_tenant(parent, tenant_id) if parent is not table else None
        if owned is not None:
            parents.append(key.parent.in_(select(key.column).where(owned)))
    return or_(*parents) if parents else None
