"""Lists of suppressed SKUs, in pieces of a thousandth each: what is written and read of a list is always many entries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class SuppressionListRow(Base):
    """A tenant's list; one that was never written has no row."""

    __tablename__ = "suppression_lists"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
    """Grows with each change, also with the one that empties the list."""
    entries: Mapped[int]
    changed_at: Mapped[datetime]


class SuppressionBucketRow(Base):
    """The entries whose hashes fall into one of `schemas.suppression_buckets.BUCKETS`; an empty one has no row."""

    __tablename__ = "suppression_buckets"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """As `api.suppressions.entries` packs it."""
