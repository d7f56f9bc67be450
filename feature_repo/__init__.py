"""The Feast repo, and Aurora's own way into it. Feast does not read this file: the files beside it are all it needs."""

from pathlib import Path
from typing import Any

import yaml
from feast import FeatureStore, FeatureView, RepoConfig
from redis.connection import parse_url

ONLINE_ONLY = "feature_repo.online_only.OnlineOnlyOfflineStore"
FEATURE_VIEW = "stock_risk"
JOIN_KEYS = ("sku", "tenant_id", "warehouse")
"""In the order in which Feast stores them."""

VERSIONS_VIEW = "model_versions"
VERSION_KEYS = ("model_version", "tenant_id")
CURRENT_VIEW = "current_model"
CURRENT_KEYS = ("tenant_id",)


def config(repo: Path, redis_url: str, registry: str, **redis_options: str | float) -> RepoConfig:
    """The repo's ``feature_store.yaml`` with this Redis and this registry file in place of its own, and for online use alone.

    ``redis_options`` are those of redis-py, such as ``socket_timeout`` in seconds.
    """
    raw: dict[str, Any] = yaml.safe_load((repo / "feature_store.yaml").read_text())
    raw["online_store"]["connection_string"] = connection_string(redis_url, **redis_options)
    raw["registry"]["path"] = str(Path(registry).absolute())
    raw["offline_store"] = {"type": ONLINE_ONLY}
    loaded = RepoConfig(**raw)
    loaded.repo_path = repo.absolute()
    return loaded


def open_store(config: RepoConfig) -> tuple[FeatureStore, FeatureView]:
    """The feature store and its view of the risk. Takes seconds the first time.

    Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run yet.
    """
    store = FeatureStore(repo_path=str(config.repo_path), config=config)
    return store, store.get_feature_view(FEATURE_VIEW)


def model_views(store: FeatureStore) -> tuple[FeatureView, FeatureView]:
    """The views of the models' versions and of what is current of them. Raises as `open_store` does."""
    return store.get_feature_view(VERSIONS_VIEW), store.get_feature_view(CURRENT_VIEW)


def connection_string(redis_url: str, **options: str | float) -> str:
    """A Redis URL as Feast wants it, such as ``127.0.0.1:16379,db=0,socket_timeout=0.5``."""
    parts: dict[str, Any] = {**parse_url(redis_url), **options}  # type: ignore[no-untyped-call]  # redis-py
    host, port = parts.pop("host", "localhost"), parts.pop("port", 6379)
    if parts.pop("connection_class", None) is not None:
        parts["ssl"] = "true"
    return ",".join([f"{host}:{port}", *(f"{name}={value}" for name, value in sorted(parts.items()))])
