"""The index beside Feast's rows: which warehouses a SKU has, and which alerts are in force."""

from collections.abc import Iterable

from redis.client import Pipeline

from feature_writer import predictions
from feature_writer.predictions import Key
from schemas import online_store as keys
from schemas.encoding import Record


def put(pipe: Pipeline, newest: Iterable[Record]) -> None:
    """Put predictions in, one of each key."""
    warehouses: dict[str, list[str]] = {}
    raised: dict[str, dict[str, int]] = {}
    quiet: dict[str, list[str]] = {}
    for prediction in newest:
        tenant, sku, warehouse = predictions.key(prediction)
        warehouses.setdefault(keys.warehouses(tenant, sku), []).append(warehouse)
        member = keys.alert_member(sku, warehouse)
        if prediction["alert_since"] is None:
            quiet.setdefault(keys.alerts(tenant), []).append(member)
        else:
            raised.setdefault(keys.alerts(tenant), {})[member] = prediction["alert_since"]
    for name, members in warehouses.items():
        pipe.sadd(name, *members)
    for name, members in quiet.items():
        pipe.zrem(name, *members)
    for name, scores in raised.items():
        pipe.zadd(name, scores)


def take_out(pipe: Pipeline, gone: Iterable[Key]) -> None:
    """Take keys out."""
    for tenant, sku, warehouse in gone:
        pipe.srem(keys.warehouses(tenant, sku), warehouse)
        pipe.zrem(keys.alerts(tenant), keys.alert_member(sku, warehouse))
