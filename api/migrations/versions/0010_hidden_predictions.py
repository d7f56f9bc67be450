"""Hidden predictions, and erasures of customers.

Revision 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "prediction_deletions",
        sa.Column("deletion_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=True),
        sa.Column("warehouse", sa.String(length=64), nullable=True),
        sa.Column("made_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.tenant_id"],
            name=op.f("fk_prediction_deletions_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("deletion_id", name=op.f("pk_prediction_deletions")),
    )
    op.create_index(op.f("ix_prediction_deletions_tenant_id"), "prediction_deletions", ["tenant_id"])
    op.create_index(op.f("ix_prediction_deletions_deleted_at"), "prediction_deletions", ["deleted_at"])
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("customer_hash", sa.String(length=80), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_erasures_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_tenant_id"), "erasures", ["tenant_id"])
    op.create_index(op.f("ix_erasures_erased_at"), "erasures", ["erased_at"])


def downgrade() -> None:
    """Back from this revision."""
    op.drop_table("erasures")
    op.drop_table("prediction_deletions")
