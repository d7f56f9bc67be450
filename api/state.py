"""What the application's lifespan opens and every request may use, as ``request.state``."""

from typing import TypedDict

from redis.asyncio import Redis

from api.access.account_watch import AccountWatch
from api.access.attempts import FailedAttempts
from api.access.authentication import Authenticator, Sessions
from api.access.client_secrets import SecretChecker
from api.access.tokens import TokenRules
from api.alerts.risk_store import RiskStore
from api.database import Database
from api.digests.link_tokens import LinkTokens
from api.health.status_board import StatusBoard
from api.hidden_predictions.deletion_store import DeletionStore
from api.ingest.gateway import Gateway
from api.limits.tenant_limits import TenantLimits
from api.models.version_store import VersionStore
from api.oidc.provider_calls import ProviderCalls
from api.provisioning.archive import Archives
from api.provisioning.provisioning import Provisioning
from api.sessions.user_sessions import UserSessions
from api.settings import Settings
from api.suppressions.suppression_store import SuppressionStore
from api.tenant_settings.retention import Retention


class AppState(TypedDict):
    """The parts of the running application."""

    settings: Settings
    openapi: bytes
    database: Database
    account_watch: AccountWatch
    authenticator: Authenticator
    token_rules: TokenRules
    secret_checker: SecretChecker
    failed_attempts: FailedAttempts
    sessions: Sessions
    user_sessions: UserSessions
    provider_calls: ProviderCalls
    password_checker: SecretChecker
    status_board: StatusBoard
    redis: Redis
    gateway: Gateway
    tenant_limits: TenantLimits
    deletion_store: DeletionStore
    risk_store: RiskStore
    version_store: VersionStore
    provisioning: Provisioning
    archives: Archives
    suppression_store: SuppressionStore
    link_tokens: LinkTokens
    retention: Retention
