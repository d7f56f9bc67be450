"""What the operator set of tenants' limits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class TenantLimitRow(Base):
    """A tenant with a limit of its own; all others have the deployment's."""

    __tablename__ = "tenant_limits"
    __table_args__ = (
        CheckConstraint("requests_per_second > 0", name="requests_per_second"),
        CheckConstraint("burst > 0", name="burst"),
    )

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    requests_per_second: Mapped[int]
    burst: Mapped[int]
    changed_at: Mapped[datetime]
