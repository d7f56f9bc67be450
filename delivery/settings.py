"""Everything about the delivery that a deployment may set, read once from the environment."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The delivery's settings; each is read from ``AURORA_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AURORA_", frozen=True, extra="ignore")

    log_level: str = "INFO"
    delivery_instance: str = Field(
        "delivery-1", description="Name of this process among those that deliver, the same after a restart."
    )

    kafka_bootstrap: str = "127.0.0.1:19092"
    redis_url: str = "redis://127.0.0.1:16379/0"
    database_url: str = "sqlite+aiosqlite:///.aurora/aurora.db"
    encryption_key: SecretStr = Field(
        description="32 bytes, base64: the API's own, which sealed the secrets at rest (AES-256-GCM)."
    )

    webhook_allow_loopback: bool = Field(
        False, description="For development: webhooks may go to this machine, also by http."
    )
    webhook_time_limit: timedelta = Field(
        timedelta(seconds=15), description="Of one try, from the name's resolution to the answer."
    )
    webhook_first_retry: timedelta = Field(
        timedelta(seconds=5),
        description="How long to wait after the first try; each next wait is six times as long.",
    )
