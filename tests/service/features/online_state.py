"""The online store as a test looks at it, against what was sent."""

from collections.abc import Mapping

from redis import Redis
from service.features.prediction_log import PredictionLog

import feature_repo
from feature_writer.settings import Settings
from schemas import online_store as keys
from schemas.encoding import Record
from schemas.logical import to_datetime


def has_stored(redis: Redis, ends: Mapping[str, int]) -> bool:
    """Whether the store has come to these offsets, and is complete."""
    stored = redis.hgetall(keys.OFFSETS)
    assert isinstance(stored, dict)
    reached = all(int(stored.get(name, 0)) >= end for name, end in ends.items())
    return reached and redis.exists(keys.COMPLETE) == 1


def assert_is_as_sent(redis: Redis, settings: Settings, log: PredictionLog) -> None:
    """Every row, the warehouses of every SKU and the alerts in force are those of the newest predictions."""
    alerts = {
        keys.alert_member(sku, warehouse): float(record["alert_since"])
        for (sku, warehouse), record in log.newest.items()
        if record["alert_since"] is not None
    }
    found = redis.zrange(keys.alerts(log.tenant_id), 0, -1, withscores=True)
    assert isinstance(found, list)
    assert dict(found) == alerts
    assert _rows(settings, log) == {key: _kept(record) for key, record in log.newest.items()}
    skus: dict[str, set[str]] = {}
    for sku, warehouse in log.newest:
        skus.setdefault(sku, set()).add(warehouse)
    for sku, warehouses in skus.items():
        assert redis.smembers(keys.warehouses(log.tenant_id, sku)) == warehouses


def _rows(settings: Settings, log: PredictionLog) -> dict[tuple[str, str], Record]:
    config = feature_repo.config(settings.feature_repo, settings.redis_url, settings.feast_registry)
    store, _ = feature_repo.open_store(config)
    names = ["stock", "probability", "alert_since", "model_version"]
    wanted = list(log.newest)
    response = store.get_online_features(
        features=[f"stock_risk:{name}" for name in names],
        entity_rows=[
            {"tenant_id": log.tenant_id, "sku": sku, "warehouse": warehouse} for sku, warehouse in wanted
        ],
    ).to_dict()
    return {key: {name: response[name][at] for name in names} for at, key in enumerate(wanted)}


def _kept(record: Record) -> Record:
    since = record["alert_since"]
    return {
        "stock": record["stock"],
        "probability": record["probability"],
        "alert_since": None if since is None else to_datetime(since // 1000 * 1000),
        "model_version": record["model_version"],
    }
