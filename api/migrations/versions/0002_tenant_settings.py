"""Settings of tenants, their catalogue, and the outbox by which a change reaches Kafka.

Revision 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "tenant_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("warehouse", sa.String(length=64), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("horizon_hours", sa.Integer(), nullable=True),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category = '' OR (sku = '' AND warehouse = '')", name=op.f("ck_tenant_settings_level")
        ),
        sa.CheckConstraint("threshold BETWEEN 0 AND 1", name=op.f("ck_tenant_settings_threshold")),
        sa.CheckConstraint("horizon_hours IN (6, 12, 24, 48)", name=op.f("ck_tenant_settings_horizon_hours")),
        sa.CheckConstraint("retention_days BETWEEN 7 AND 30", name=op.f("ck_tenant_settings_retention_days")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.tenant_id"],
            name=op.f("fk_tenant_settings_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "category", "sku", "warehouse", name=op.f("pk_tenant_settings")),
    )
    op.create_table(
        "catalogue",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("brand", sa.String(length=64), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_catalogue_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "sku", name=op.f("pk_catalogue")),
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_outbox")),
    )
    op.create_table(
        "leases",
        sa.Column("work", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("work", name=op.f("pk_leases")),
    )


def downgrade() -> None:
    """Back from this revision."""
    op.drop_table("leases")
    op.drop_table("outbox")
    op.drop_table("catalogue")
    op.drop_table("tenant_settings")
