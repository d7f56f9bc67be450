"""Versions of models from the topic into both Feast stores, by both writers: none is lost, whatever happens."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from feast import FeatureStore
from model_records import lineage
from redis import Redis
from service.features.model_log import ModelLog
from service.features.online_state import has_stored
from service.features.prediction_log import PredictionLog, eventually
from service.features.writer_process import WriterProcess

from feature_writer import model_history
from feature_writer.settings import Settings
from ops import feature_registry
from ops.stack import Stack
from schemas.encoding import Record
from schemas.logical import to_datetime

pytestmark = pytest.mark.service

OF_VERSION = ("parent", "created_at", "data_from", "data_to", "parameters", "scores", "reason", "labels")
OF_CURRENT = ("newest_version", "newest_at", "pinned_version", "pinned_at", "updated_at")


@pytest.fixture
def models(feature_stack: Stack) -> ModelLog:
    return ModelLog(feature_stack.settings.kafka_bootstrap)


@pytest.fixture
def offline_writer(feature_stack: Stack) -> Iterator[WriterProcess]:
    writer = WriterProcess("offline", feature_stack, AURORA_OFFLINE_FILE_AGE="PT1S")
    writer.start()
    yield writer
    writer.kill()


@pytest.fixture
def store(feature_stack: Stack) -> FeatureStore:
    """As a data scientist opens it, with what is offline."""
    return FeatureStore(
        repo_path=str(feature_registry.REPO),
        fs_yaml_file=feature_stack.settings.folder / "feature_store.yaml",
    )


def online(store: FeatureStore, view: str, names: Sequence[str], **key: str) -> Record:
    """A row as a data scientist gets it; a time as a datetime."""
    features = [f"{view}:{name}" for name in names]
    found = store.get_online_features(features=features, entity_rows=[key]).to_dict()
    return {name: found[name][0] for name in names}


def current(store: FeatureStore, models: ModelLog) -> tuple[Any, Any]:
    """The newest version of the tenant, and the one that is pinned."""
    row = online(store, "current_model", OF_CURRENT, tenant_id=models.tenant_id)
    return row["newest_version"], row["pinned_version"]


def reasons(store: FeatureStore, updates: Sequence[Record]) -> list[str | None]:
    """The stored reason of each of these versions; None for one that is not stored."""
    keys = [{name: update[name] for name in ("tenant_id", "model_version")} for update in updates]
    found: list[str | None] = store.get_online_features(
        features=["model_versions:reason"], entity_rows=keys
    ).to_dict()["reason"]
    return found


def in_history(settings: Settings, models: ModelLog) -> list[str]:
    """The tenant's versions in the offline store's files."""
    return sorted(
        record["model_version"]
        for records in model_history.versions(settings.model_history)
        for record in records
        if record["tenant_id"] == models.tenant_id
    )


def test_a_version_and_a_pin_are_served_by_feast(
    online_writer: WriterProcess, redis_client: Redis, store: FeatureStore, models: ModelLog
) -> None:
    online_writer.start()
    first, second = lineage(models.tenant_id, 2)
    models.learned(first, second)
    eventually(lambda: current(store, models) == ("nb-2.2-000002", None))
    row = online(
        store,
        "model_versions",
        OF_VERSION,
        tenant_id=models.tenant_id,
        model_version=second["model_version"],
    )
    assert row == {
        **{name: second[name] for name in ("parent", "parameters", "reason", "labels")},
        **{name: to_datetime(second[name]) for name in ("created_at", "data_from", "data_to")},
        "scores": '{"ece": 0.0016, "log_loss": 0.0641}',
    }
    before = datetime.now(UTC)
    models.pinned(first)
    eventually(lambda: current(store, models) == ("nb-2.2-000002", "nb-2.1-000001"))
    pinned = online(store, "current_model", OF_CURRENT, tenant_id=models.tenant_id)
    assert abs((pinned["pinned_at"] - before).total_seconds()) < 10
    assert pinned["newest_at"] == to_datetime(second["created_at"])
    models.unpinned()
    eventually(lambda: current(store, models) == ("nb-2.2-000002", None))


def test_a_killed_writer_takes_up_where_the_store_is(
    online_writer: WriterProcess, redis_client: Redis, store: FeatureStore, models: ModelLog
) -> None:
    online_writer.start()
    updates = lineage(models.tenant_id, 6)
    models.learned(*updates[:3])
    models.pinned(updates[0])
    eventually(lambda: has_stored(redis_client, models.end()))
    online_writer.kill()
    models.learned(*updates[3:])
    models.unpinned()
    models.pinned(updates[4])
    online_writer.start()
    eventually(lambda: has_stored(redis_client, models.end()))
    assert current(store, models) == (updates[5]["model_version"], updates[4]["model_version"])
    assert reasons(store, updates) == [update["reason"] for update in updates]


@pytest.mark.parametrize("emptied", ["while the writer runs", "while it does not", "to an older copy"])
def test_versions_that_kafka_has_no_more_come_back_from_the_history(
    online_writer: WriterProcess,
    offline_writer: WriterProcess,
    writer_settings: Settings,
    redis_client: Redis,
    store: FeatureStore,
    models: ModelLog,
    emptied: str,
) -> None:
    online_writer.start()
    updates = lineage(models.tenant_id, 4)
    models.learned(updates[0])
    eventually(lambda: has_stored(redis_client, models.end()))
    replace = _copy_of(writer_settings) if emptied == "to an older copy" else redis_client.flushdb
    models.learned(*updates[1:])
    eventually(lambda: has_stored(redis_client, models.end()))
    eventually(lambda: in_history(writer_settings, models) == [each["model_version"] for each in updates])
    if emptied != "while the writer runs":
        assert online_writer.stop() == 0
    models.forget_all_but_the_last()
    replace()
    online_writer.start()
    eventually(lambda: has_stored(redis_client, models.end()))
    assert current(store, models) == (updates[-1]["model_version"], None)
    assert reasons(store, updates) == [update["reason"] for update in updates]


def _copy_of(settings: Settings) -> Callable[[], object]:
    """Copy the store; what is returned puts the copy in its place."""
    with Redis.from_url(settings.redis_url) as raw:
        copy = {key: raw.dump(key) for key in raw.scan_iter()}

    def restore() -> None:
        with Redis.from_url(settings.redis_url) as raw, raw.pipeline(transaction=True) as pipe:
            pipe.flushdb()
            for key, value in copy.items():
                pipe.restore(key, 0, value)
            pipe.execute()

    return restore


def test_history_tells_what_was_current_when(
    offline_writer: WriterProcess, writer_settings: Settings, store: FeatureStore, models: ModelLog
) -> None:
    first, second = lineage(models.tenant_id, 2)
    models.learned(first, second)
    models.pinned(first)
    models.unpinned()
    eventually(lambda: len(in_history(writer_settings, models)) == 2)
    offline_writer.stop()
    rows = pd.DataFrame({"tenant_id": [models.tenant_id], "event_timestamp": [pd.Timestamp.now("UTC")]})
    features = ["current_model:newest_version", "current_model:pinned_version"]
    (found,) = store.get_historical_features(rows, features).to_df().to_dict("records")
    assert found["newest_version"] == second["model_version"]
    assert pd.isna(found["pinned_version"])
    learned = rows.assign(
        model_version=first["model_version"], event_timestamp=to_datetime(first["created_at"])
    )
    (found,) = store.get_historical_features(learned, ["model_versions:reason"]).to_df().to_dict("records")
    assert found["reason"] == first["reason"]


def test_what_is_no_version_becomes_a_dead_letter_once_and_stops_nothing(
    online_writer: WriterProcess,
    redis_client: Redis,
    store: FeatureStore,
    models: ModelLog,
    log: PredictionLog,
) -> None:
    online_writer.start()
    (version,) = lineage(models.tenant_id, 1)
    # whose dead letters are told apart by it
    broken = b"no version of " + log.tenant_id.encode()
    models.send_bytes(models.tenant_id.encode(), broken)
    models.send_bytes(b"nobody", broken)
    models.learned(version)
    eventually(lambda: current(store, models)[0] == version["model_version"])
    assert [(letter["topic"], letter["reason"]) for letter in log.dead_letters()] == [
        ("models", "malformed"),
        ("models", "invalid"),
    ]
    online_writer.stop()
    redis_client.flushdb()
    online_writer.start()
    eventually(lambda: has_stored(redis_client, models.end()))
    assert len(log.dead_letters()) == 2
