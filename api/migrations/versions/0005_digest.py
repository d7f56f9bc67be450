"""Recipients of the planner's digest, and what was sent to whom.

Revision 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "digest_recipients",
        sa.Column("recipient_id", sa.String(length=40), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'unsubscribed', 'undeliverable')",
            name=op.f("ck_digest_recipients_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.tenant_id"],
            name=op.f("fk_digest_recipients_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_digest_recipients")),
        sa.UniqueConstraint("tenant_id", "address", name=op.f("uq_digest_recipients_tenant_id_address")),
    )
    op.create_index(op.f("ix_digest_recipients_state"), "digest_recipients", ["state"])
    op.create_table(
        "digests",
        sa.Column("recipient_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(length=300), nullable=True),
        sa.CheckConstraint("state IN ('sending', 'sent', 'failed')", name=op.f("ck_digests_state")),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["digest_recipients.recipient_id"],
            name=op.f("fk_digests_recipient_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recipient_id", "day", name=op.f("pk_digests")),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("digests")
    op.drop_index(op.f("ix_digest_recipients_state"), table_name="digest_recipients")
    op.drop_table("digest_recipients")
