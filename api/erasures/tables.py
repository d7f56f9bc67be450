"""What customers asked to have erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class ErasureRow(Base):
    """One erasure. Once nothing is left of the customer, their hash goes too."""

    __tablename__ = "erasures"

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"), index=True)
    customer_hash: Mapped[str | None] = mapped_column(String(80))
    asked_at: Mapped[datetime]
    erased_at: Mapped[datetime | None] = mapped_column(index=True)
