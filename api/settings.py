"""Everything about the API that a deployment may set, read once from the environment."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.access.tenants import Region


class Settings(BaseSettings):
    """The service's settings; each is read from ``AURORA_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AURORA_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = 18000
    instance: str = Field(
        "api-1",
        description="Name of this process, the same after a restart; fences its old Kafka transactions.",
    )
    log_level: str = "INFO"

    kafka_bootstrap: str = "127.0.0.1:19092"
    redis_url: str = "redis://127.0.0.1:16379/0"
    flink_url: str = "http://127.0.0.1:18081"
    database_url: str = "sqlite+aiosqlite:///.aurora/aurora.db"
    redis_read_timeout: timedelta = Field(
        timedelta(milliseconds=500),
        description="After this without an answer a question for alerts gets 503.",
    )
    feature_repo: Path = Path("feature_repo")
    feast_registry: str = ".aurora/feature_registry.db"

    region: Region | None = Field(
        None, description="Where this deployment is: it takes no tenant of another. None: it takes all."
    )
    kafka_principal: str = Field(
        "User:aurora", description="Who Aurora's own programs are to a broker that asks who may do what."
    )

    issuer: str = "https://aurora.invalid"
    token_lifetime: timedelta = timedelta(hours=1)
    origin: str = Field(
        "",
        description="Scheme, host and port by which browsers reach the API, for sign-in and passkeys; the issuer's "
        "where empty.",
    )
    insecure_cookies: bool = Field(
        False,
        description="For a browser on this machine alone: cookies without TLS, and identity providers too.",
    )
    session_idle: timedelta = Field(
        timedelta(minutes=30), description="After this without a request a user's session is over."
    )
    session_lifetime: timedelta = Field(
        timedelta(hours=12), description="After this a user must sign in again in any case."
    )
    encryption_key: SecretStr = Field(
        description="32 bytes, base64: seals the signing keys at rest (AES-256-GCM)."
    )
    pii_key: SecretStr = Field(
        description="32 bytes, base64: keys the hash that replaces customer_email and phone."
    )

    requests_per_second: float = Field(15_000, description="Each tenant's rate limit.")
    burst: float = Field(
        30_000,
        description="Requests that a tenant may send at once before the rate limit holds, unless the operator set others.",
    )
    rate_limit_timeout: timedelta = Field(
        timedelta(milliseconds=100),
        description="After this without an answer of Redis a process goes by its own share of the limits.",
    )
    max_body_bytes: int = Field(5 * 1024 * 1024, description="Of one POST, after decompression.")
    max_line_bytes: int = Field(256 * 1024, description="Of one event.")
    max_events: int = Field(10_000, description="Of one POST.")
    max_suppression_bytes: int = Field(
        20 * 1024 * 1024, description="Of an uploaded list of suppressed SKUs, after decompression."
    )
    max_suppressions: int = Field(1_000_000, description="Of a tenant; each takes 12 bytes in the risk job.")
    max_clock_ahead: timedelta = timedelta(minutes=5)
    commit_interval: timedelta = Field(
        timedelta(milliseconds=10), description="How long a Kafka transaction gathers requests."
    )
    kafka_timeout: timedelta = Field(
        timedelta(seconds=5), description="After this without an acknowledgement a POST gets 503."
    )

    webhook_allow_loopback: bool = Field(
        False, description="For development: webhooks may go to this machine, also by http."
    )

    @cached_property
    def browser_origin(self) -> str:
        """The origin as browsers name it, such as ``https://aurora.example``."""
        return "{0.scheme}://{0.netloc}".format(urlsplit(self.origin or self.issuer))

    @cached_property
    def redis_host_port(self) -> str:
        """The Redis address for people to read, such as ``127.0.0.1:16379``."""
        return self.redis_url.removeprefix("redis://").split("/")[0]
