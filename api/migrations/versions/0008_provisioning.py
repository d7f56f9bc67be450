"""The operator, operations on tenants, and sandboxes.

Revision 0008.
"""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0002"
branch_labels = None
depends_on = None

OPERATOR = UUID(int=0)
TENANTS = sa.table(
    "tenants",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("name", sa.String()),
    sa.column("region", sa.String()),
    sa.column("tier", sa.String()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("suspended", sa.Boolean()),
)
CLIENTS = sa.table("clients", sa.column("tenant_id", sa.Uuid()))


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "tenant_operations",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_digest", sa.LargeBinary(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("client_id", sa.String(length=40), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('opening', 'closing')", name=op.f("ck_tenant_operations_kind")),
        sa.PrimaryKeyConstraint("operation_id", name=op.f("pk_tenant_operations")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_tenant_operations_idempotency_key")),
        sa.UniqueConstraint("tenant_id", "kind", name=op.f("uq_tenant_operations_tenant_id_kind")),
    )
    op.create_table(
        "tenant_steps",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["operation_id"],
            ["tenant_operations.operation_id"],
            name=op.f("fk_tenant_steps_operation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("operation_id", "name", name=op.f("pk_tenant_steps")),
    )
    op.create_table(
        "sandboxes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_client_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_public_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sender_client_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_sender_secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name=op.f("fk_sandboxes_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_sandboxes")),
    )
    op.create_index(op.f("ix_sandboxes_opened_at"), "sandboxes", ["opened_at"], unique=False)
    # the scopes that a client may have have become more
    with op.batch_alter_table("clients") as batch_op:
        batch_op.alter_column("scopes", existing_type=sa.String(length=500), type_=sa.String(length=1000))
    # a tenant row of its own, so that its clients are clients like any other
    op.bulk_insert(
        TENANTS,
        [
            {
                "tenant_id": OPERATOR,
                "name": "(the operator)",
                "region": "eu-central-1",
                "tier": "standard",
                "created_at": datetime.now(UTC),
                "suspended": False,
            }
        ],
    )


def downgrade() -> None:
    """Back from this revision."""
    op.execute(CLIENTS.delete().where(CLIENTS.c.tenant_id == OPERATOR))
    op.execute(TENANTS.delete().where(TENANTS.c.tenant_id == OPERATOR))
    with op.batch_alter_table("clients") as batch_op:
        batch_op.alter_column("scopes", existing_type=sa.String(length=1000), type_=sa.String(length=500))
    op.drop_table("sandboxes")
    op.drop_table("tenant_steps")
    op.drop_table("tenant_operations")
