"""The versions of a tenant's model: listed, pinned and rolled back from the command line, as by the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from feast.errors import FeatureViewNotFoundException
from redis import RedisError

from api.alerts.predictions import Incomplete
from api.models.model_versions import Lineage, ModelVersion
from api.models.pin_audit import tell_of_pin
from api.models.version_pins import Unconfirmed, VersionPins
from api.models.version_reader import VersionReader
from ops.accounts_database import on_database
from ops.models_error import ModelsError
from ops.operator import operator
from ops.settings import PROJECT, StackSettings

REDIS_LIMIT = timedelta(seconds=5)
KAFKA_LIMIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class TenantModels:
    """One tenant's versions. Its methods raise `ModelsError`."""

    settings: StackSettings
    tenant_id: UUID

    def lineage(self, limit: int) -> Lineage:
        """The newest versions, each followed by the one that it was learned on from."""
        with self._reader() as reader:
            return reader.lineage(self.tenant_id, None, limit)

    def pin(self, name: str) -> ModelVersion:
        """Let the version of this name make the predictions; returns it once Kafka has the pin."""
        with self._reader() as reader:
            return self._pinned(reader, name)

    def roll_back(self) -> ModelVersion:
        """Pin the parent of the version that is served now; returns it."""
        with self._reader() as reader:
            current = reader.current(self.tenant_id)
            if current.served is None:
                raise ModelsError("nothing was learned for this tenant yet, so there is nothing to roll back")
            served = self._known(reader, current.served)
            if served.parent is None:
                raise ModelsError(f"{served.model_version} has no parent to roll back to")
            return self._pinned(reader, served.parent)

    def unpin(self) -> None:
        """Let the newest version make the predictions."""
        with self._reader() as reader:
            with self._audited(reader, None):
                self._pins().unpin(self.tenant_id)

    def _pinned(self, reader: VersionReader, name: str) -> ModelVersion:
        version = self._known(reader, name)
        with self._audited(reader, name):
            self._pins().pin(self.tenant_id, version)
        return version

    @contextmanager
    def _audited(self, reader: VersionReader, name: str | None) -> Iterator[None]:
        """A pin of this version, or of none, in the block: told of before it, as the API does."""
        before, who = reader.current(self.tenant_id).pinned, operator()
        on_database(self.settings, lambda database: tell_of_pin(database, who, self.tenant_id, before, name))
        try:
            yield
        except Unconfirmed:
            on_database(
                self.settings,
                lambda database: tell_of_pin(database, who, self.tenant_id, before, name, unconfirmed=True),
            )
            raise

    def _known(self, reader: VersionReader, name: str) -> ModelVersion:
        version = reader.version(self.tenant_id, name)
        if version is None:
            raise ModelsError(f"the tenant's model has no version {name}; `aurora models list` shows them")
        return version

    def _pins(self) -> VersionPins:
        return VersionPins(self.settings.kafka_bootstrap, KAFKA_LIMIT)

    @contextmanager
    def _reader(self) -> Iterator[VersionReader]:
        with _readable(self.settings):
            reader = VersionReader(
                self.settings.redis_url,
                PROJECT / "feature_repo",
                str(self.settings.feature_registry),
                REDIS_LIMIT,
            )
            try:
                yield reader
            finally:
                reader.close()


@contextmanager
def _readable(settings: StackSettings) -> Iterator[None]:
    """Turn what may go wrong into one line."""
    try:
        yield
    except FeatureViewNotFoundException:
        raise ModelsError("the feature registry lacks the models' versions; run `aurora prepare`") from None
    except Incomplete:
        raise ModelsError("the versions are being read in again; try again in a moment") from None
    except RedisError as error:
        raise ModelsError(f"Redis at {settings.redis_url} does not answer ({error})") from error
    except Unconfirmed as error:
        raise ModelsError(
            f"Kafka at {settings.kafka_bootstrap} did not confirm the change ({error})"
        ) from error
