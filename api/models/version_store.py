"""The models' versions as the API reads and pins them: off the event loop, and always for one tenant."""

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from api.alerts.predictions import Incomplete
from api.models.model_versions import Current, Lineage, ModelVersion
from api.models.version_pins import Unconfirmed, VersionPins
from api.settings import Settings
from api.web.problems import Problem

if TYPE_CHECKING:
    from api.models.version_reader import VersionReader

log = structlog.get_logger()

RETRY_AFTER_S = 2

T = TypeVar("T")


class VersionsUnavailable(Problem):
    """The versions cannot be read, or a pin cannot be written."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            503,
            "Models unavailable",
            detail,
            type="unavailable",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )


class VersionStore:
    """Opened once in a process. Its methods raise `VersionsUnavailable`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # one for each, so that a Kafka that does not answer holds up no reading
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="model-versions")
        self._pinning = ThreadPoolExecutor(1, thread_name_prefix="model-pins")
        self._pins = VersionPins(settings.kafka_bootstrap, settings.kafka_timeout)

    async def open(self) -> None:
        """Load Feast, which takes seconds the first time. Needs no Redis yet, but the Feast registry.

        Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run.
        """
        self._reader = await asyncio.get_running_loop().run_in_executor(self._reading, _load, self._settings)

    async def close(self) -> None:
        self._reading.shutdown(wait=True)
        self._pinning.shutdown(wait=True)
        self._reader.close()

    async def current(self, tenant_id: UUID) -> Current:
        """What is newest and what is pinned."""
        loop = asyncio.get_running_loop()
        return await _read(loop.run_in_executor(self._reading, self._reader.current, tenant_id))

    async def version(self, tenant_id: UUID, name: str) -> ModelVersion | None:
        """The version of this name, if the tenant has it."""
        loop = asyncio.get_running_loop()
        return await _read(loop.run_in_executor(self._reading, self._reader.version, tenant_id, name))

    async def lineage(self, tenant_id: UUID, begin: str | None, limit: int) -> Lineage:
        """Up to ``limit`` versions, from ``begin`` or else the newest on, each followed by its parent."""
        loop = asyncio.get_running_loop()
        return await _read(loop.run_in_executor(self._reading, self._reader.lineage, tenant_id, begin, limit))

    async def pin(self, tenant_id: UUID, version: ModelVersion) -> None:
        """Returns once Kafka has the pin; the store has it soon after."""
        loop = asyncio.get_running_loop()
        await _written(loop.run_in_executor(self._pinning, self._pins.pin, tenant_id, version))

    async def unpin(self, tenant_id: UUID) -> None:
        """Returns once Kafka has it that nothing is pinned; the store has it soon after."""
        loop = asyncio.get_running_loop()
        await _written(loop.run_in_executor(self._pinning, self._pins.unpin, tenant_id))


def _load(settings: Settings) -> "VersionReader":
    # not at the top: Feast takes seconds to import, and most who import this module never open a store
    from api.models.version_reader import VersionReader

    return VersionReader(
        settings.redis_url, settings.feature_repo, settings.feast_registry, settings.redis_read_timeout
    )


async def _read(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except Incomplete:
        raise VersionsUnavailable("The versions are being read in again; ask again in a moment.") from None
    except RedisError:
        raise VersionsUnavailable("The store of versions does not answer; ask again in a moment.") from None


async def _written(writing: Awaitable[None]) -> None:
    try:
        await writing
    except Unconfirmed as error:
        log.error("pin not confirmed", reason=str(error))
        raise VersionsUnavailable("The change was not confirmed in time; send the request again.") from None
