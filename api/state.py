"""What the application's lifespan opens and every request may use, as ``request.state``."""

from typing import TypedDict

from redis.asyncio import Redis

from api.account_watch import AccountWatch
from api.attempts import FailedAttempts
from api.authentication import Authenticator
from api.client_secrets import SecretChecker
from api.database import Database
from api.gateway import Gateway
from api.risk_store import RiskStore
from api.settings import Settings
from api.status_board import StatusBoard
from api.tokens import TokenRules
from api.version_store import VersionStore


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
    status_board: StatusBoard
    redis: Redis
    gateway: Gateway
    risk_store: RiskStore
    version_store: VersionStore
