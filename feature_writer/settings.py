"""Everything about the feature writer that a deployment may set, read once from the environment."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The writer's settings; each is read from ``AURORA_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="AURORA_", frozen=True, extra="ignore")

    kafka_bootstrap: str = "127.0.0.1:19092"
    redis_url: str = "redis://127.0.0.1:16379/0"
    feature_repo: Path = Path("feature_repo")
    feast_registry: str = ".aurora/feature_registry.db"
    feature_history: Path = Field(
        default=Path(".aurora/feature_history"), description="Folder of the offline store's Parquet files."
    )
    model_history: Path = Field(
        default=Path(".aurora/model_history"),
        description="Folder of those of the models' versions; the online writer reads it too.",
    )
    log_level: str = "INFO"
    writer_instance: str = Field(
        default="1",
        description="Name of this process among the writers of its kind, the same after a restart.",
    )

    online_batch_rows: int = Field(default=1_000, ge=1, description="At most so many messages a write.")
    online_linger: timedelta = Field(
        default=timedelta(milliseconds=50), description="How long to gather messages for a write."
    )
    redis_timeout: timedelta = Field(default=timedelta(seconds=5), description="Of one Redis call.")
    offline_file_rows: int = Field(
        default=100_000, ge=1, description="At most so many messages between files."
    )
    offline_file_age: timedelta = Field(
        default=timedelta(minutes=1), description="How old the oldest unwritten prediction may become."
    )
