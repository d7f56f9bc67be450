"""The sandbox tenants: that of today, and for minutes after midnight that of yesterday."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class SandboxRow(Base):
    """One sandbox tenant with its two clients: the public's, which reads, and the simulator's, which sends."""

    __tablename__ = "sandboxes"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    public_from: Mapped[datetime | None]
    sent_until: Mapped[datetime]
    public_client_id: Mapped[str] = mapped_column(String(40))
    sealed_public_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sender_client_id: Mapped[str] = mapped_column(String(40))
    sealed_sender_secret: Mapped[bytes] = mapped_column(LargeBinary)
