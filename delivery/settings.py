"""Everything about the delivery that a deployment may set, read once from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

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
    redis_read_timeout: timedelta = timedelta(seconds=5)
    feature_repo: Path = Path("feature_repo")
    feast_registry: str = ".aurora/feature_registry.db"
    issuer: str = Field(
        "https://aurora.invalid", description="Where links in letters lead: the API's address."
    )
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

    smtp_host: str = Field("", description="The mail server; where empty, no letters are sent.")
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="tls: from the first byte, as on port 465; none: for a server on this machine.",
    )
    smtp_user: str = Field("", description="Where empty, nobody signs in.")
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = Field(
        "Aurora <aurora@aurora.invalid>", description="Whom letters are from; its domain also names them."
    )
    letter_first_retry: timedelta = Field(
        timedelta(minutes=1),
        description="How long to wait after the first try of a letter, more than the 40 s that one may take; each next wait "
        "is twice as long, up to fifteen times.",
    )
