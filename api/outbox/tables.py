"""What waits to be published, and who publishes."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class OutboxRow(Base):
    """A record that is not known to be in Kafka yet."""

    __tablename__ = "outbox"

    # SQLite counts by itself only in a column of this very type
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    """Rows of one topic and key are published in this order."""
    topic: Mapped[str] = mapped_column(String(249))
    key: Mapped[bytes] = mapped_column(LargeBinary)
    value: Mapped[bytes | None] = mapped_column(LargeBinary)
    put_at: Mapped[datetime]


class LeaseRow(Base):
    """Work that one process at a time may do, and who that is until when."""

    __tablename__ = "leases"

    work: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    held_until: Mapped[datetime]
    fence: Mapped[str] = mapped_column(String(32))
    """Names the work beyond this database, such as in Kafka; it never changes."""
