"""Where a stack lives on this machine and which ports its parts take."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ops.ports import free_ports
from udfs import sku_state

PROJECT = Path(__file__).resolve().parent.parent
UNWELCOME = {"'", '"', "#", ";", "\n"}
SOCKET_PATH_LIMIT = 100  # of the 108 bytes that the kernel allows; supervisord adds its pid while it binds


class StackSettings(BaseSettings):
    """One stack's folder and ports; each is read from ``AURORA_<NAME>``.

    The parts always listen on loopback. The hosts are only where they are looked for, which differs between containers.
    """

    model_config = SettingsConfigDict(env_prefix="AURORA_", frozen=True, extra="ignore")

    folder: Path = Field(
        default=PROJECT / ".aurora", description="Data, logs, pids and sockets of the stack."
    )
    lib: Path = Field(
        default=PROJECT / ".aurora" / "lib", description="Jars of the JVM parts; stacks may share them."
    )
    kafka_host: str = "127.0.0.1"
    kafka_port: int = 19092
    kafka_controller_port: int = 19093
    kafka_proxied_port: int | None = Field(
        default=None,
        description="Where the broker itself listens, if clients reach it through a proxy on its port; none: there.",
    )
    redis_host: str = "127.0.0.1"
    redis_port: int = 16379
    flink_host: str = "127.0.0.1"
    flink_port: int = Field(default=18081, description="Flink's REST API and web UI.")
    flink_rpc_port: int = 18082
    flink_metrics_port: int = Field(
        default=19250, description="Prometheus: the JobManager's; TaskManagers take those after it."
    )
    api_host: str = "127.0.0.1"
    api_port: int = 18000
    task_managers: int = Field(default=1, ge=1, le=32, description="One slot each.")
    task_manager_memory_mib: int | None = Field(
        default=None,
        ge=1536,
        description="Of each TaskManager's process, which docs/scaling.md says how to choose; none: as in flink-conf.",
    )
    state_version: int | None = Field(
        default=None,
        ge=sku_state.WRITTEN[0],
        le=sku_state.VERSION,
        description="Of the states of SKUs in checkpoints, which docs/upgrades.md says when to choose; none: the newest.",
    )
    database_url: str = Field(
        default_factory=lambda given: f"sqlite+aiosqlite:///{given['folder'] / 'aurora.db'}",
        description="SQLAlchemy URL of the accounts; default: SQLite in the stack's folder.",
    )
    webhook_allow_loopback: bool = Field(
        default=False, description="Let webhooks go to this machine, also by http; the demo does."
    )
    owner_pid: int | None = Field(
        default=None, description="The stack stops when this process ends; none: it outlives everyone."
    )

    @field_validator("folder", "lib")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        path = path.absolute()
        if unwelcome := set(str(path)) & UNWELCOME:
            raise ValueError(
                f"a path with {''.join(sorted(unwelcome))} cannot stand in supervisord's configuration"
            )
        return path

    @classmethod
    def for_tests(cls, folder: Path) -> Self:
        """A stack on free ports that ends with the calling process, however that ends."""
        kafka, controller, redis, flink, rpc, metrics, api = free_ports(7)
        return cls(
            folder=folder,
            kafka_port=kafka,
            kafka_controller_port=controller,
            redis_port=redis,
            flink_port=flink,
            flink_rpc_port=rpc,
            flink_metrics_port=metrics,
            api_port=api,
            task_managers=1,
            database_url=f"sqlite+aiosqlite:///{folder / 'aurora.db'}",
            webhook_allow_loopback=True,
            owner_pid=os.getpid(),
        )

    @property
    def environment(self) -> dict[str, str]:
        """The ``AURORA_*`` that give these settings again."""
        values = self.model_dump(exclude_none=True)
        return {f"AURORA_{name.upper()}": str(value) for name, value in values.items()}

    @property
    def kafka_bootstrap(self) -> str:
        return f"{self.kafka_host}:{self.kafka_port}"

    @property
    def redis_url(self) -> str:
        return f"redis://{self.redis_host}:{self.redis_port}/0"

    @property
    def flink_url(self) -> str:
        return f"http://{self.flink_host}:{self.flink_port}"

    @property
    def api_url(self) -> str:
        return f"http://{self.api_host}:{self.api_port}"

    @property
    def feature_registry(self) -> Path:
        return self.folder / "feature_registry.db"

    @property
    def feature_history(self) -> Path:
        return self.folder / "feature_history"

    @property
    def model_history(self) -> Path:
        return self.folder / "model_history"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def control_socket(self) -> Path:
        """Where supervisord listens; outside the folder where the folder's path is too long for a socket."""
        inside = self.folder / "supervisor.sock"
        if len(bytes(inside)) <= SOCKET_PATH_LIMIT:
            return inside
        name = hashlib.sha256(bytes(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"aurora-{name}.sock"
