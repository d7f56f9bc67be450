"""Users, how they sign in, and their sessions, in the database. All of it goes when its tenant does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


def _of_tenant() -> ForeignKey:
    return ForeignKey("tenants.tenant_id", ondelete="CASCADE")


def _of_user() -> ForeignKey:
    return ForeignKey("users.user_id", ondelete="CASCADE")


class UserRow(Base):
    """A person of a tenant. Without a password they are invited, or sign in at the tenant's identity provider."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'analyst', 'admin')", name="role"),
        UniqueConstraint("tenant_id", "email"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(_of_tenant())
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class UserLinkRow(Base):
    """A link by which a user sets a password, once. A user has one at most; the token itself is not kept."""

    __tablename__ = "user_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(_of_user(), unique=True)
    expires_at: Mapped[datetime]


class UserIdentityRow(Base):
    """Who a user is at their tenant's identity provider."""

    __tablename__ = "user_identities"

    tenant_id: Mapped[UUID] = mapped_column(_of_tenant(), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(_of_user(), index=True)


class SessionRow(Base):
    """A browser in which a user is signed in; the token in its cookie is not kept."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(_of_user(), index=True)
    signed_in_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    stepped_up_at: Mapped[datetime | None]
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary)
    challenge_until: Mapped[datetime | None]


class FailedSignInRow(Base):
    """Failed attempts to sign in, for one account or from one network; which one is not kept in clear."""

    __tablename__ = "failed_sign_ins"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime]


class PasskeyRow(Base):
    """A WebAuthn credential of a user."""

    __tablename__ = "passkeys"

    credential_id: Mapped[str] = mapped_column(String(1400), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(_of_user(), index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdentityProviderRow(Base):
    """Where a tenant's users may sign in by OpenID Connect; the client's secret is sealed."""

    __tablename__ = "identity_providers"

    tenant_id: Mapped[UUID] = mapped_column(_of_tenant(), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    client_id: Mapped[str] = mapped_column(String(200))
    sealed_client_secret: Mapped[bytes] = mapped_column(LargeBinary)
    email_domains: Mapped[str] = mapped_column(String(2600))


class OidcSignInRow(Base):
    """A browser that is away at the identity provider."""

    __tablename__ = "oidc_sign_ins"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(_of_tenant())
    browser_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    code_verifier: Mapped[str] = mapped_column(String(128))
    expires_at: Mapped[datetime] = mapped_column(index=True)
