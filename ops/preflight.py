"""Checks that everything is there before a part that needs it is switched on.

A processor was once switched on before its topic existed. So the risk job and the API start only after this has passed:
it looks at every dependency, and names all that is missing, each with how to mend it.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from feast.errors import FeastObjectNotFoundException
from redis import Redis, RedisError
from sqlalchemy.exc import SQLAlchemyError

import feature_repo
from api import schema_version
from ops.settings import PROJECT, StackSettings
from ops.tenants import all_tenants, order_topics
from ops.topics import TopicsUnavailable, difference, states
from schemas import compatibility, topics

MEND_ALL = "run `aurora up`"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something missing or wrong, and how to mend it."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}; {self.mend}"


Check = Callable[[StackSettings], Iterator[Finding]]


def findings(settings: StackSettings) -> list[Finding]:
    """All that keeps the stack from running; empty where it may start. Needs a few seconds."""
    return [finding for check in CHECKS for finding in check(settings)]


def refuse_unless_ready(settings: StackSettings) -> None:
    """Print what is missing and exit with code 1, unless nothing is."""
    found = findings(settings)
    for finding in found:
        print(f"preflight: {finding}", file=sys.stderr)
    if found:
        sys.exit(1)


def check_topics(settings: StackSettings) -> Iterator[Finding]:
    """Every shared topic and every tenant's own is as `schemas.topics` defines it."""
    try:
        tenant_ids = [tenant.tenant_id for tenant in all_tenants(settings)]
    except (SQLAlchemyError, OSError):
        tenant_ids = []  # what is wrong with the database is said by its own check
    names = [*(topic.name for topic in topics.SHARED), *(topics.orders(each).name for each in tenant_ids)]
    try:
        found = states(settings.kafka_bootstrap, names)
    except TopicsUnavailable as error:
        yield Finding(f"Kafka at {settings.kafka_bootstrap} does not answer ({error})", MEND_ALL)
        return
    for topic in (*topics.SHARED, *order_topics(tenant_ids, found)):
        for problem in difference(topic, found.get(topic.name)):
            yield Finding(f"topic {topic.name} {problem}", MEND_ALL)


def check_schemas(settings: StackSettings) -> Iterator[Finding]:
    """Today's schemas and the released ones read each other's messages."""
    for problem in compatibility.incompatibilities():
        yield Finding(f"schema {problem}", "change schemas/avro so that both sides can read each other")


def check_redis(settings: StackSettings) -> Iterator[Finding]:
    """Redis answers."""
    try:
        with Redis.from_url(settings.redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
    except RedisError as error:
        yield Finding(f"Redis at {settings.redis_url} does not answer ({error})", MEND_ALL)


def check_features(settings: StackSettings) -> Iterator[Finding]:
    """The feature registry holds what the feature repo defines."""
    registry = settings.feature_registry
    if not registry.exists():
        yield Finding(f"the feature registry {registry} does not exist", "run `aurora prepare`")
        return
    config = feature_repo.config(PROJECT / "feature_repo", settings.redis_url, str(registry))
    try:
        store, _ = feature_repo.open_store(config)
        feature_repo.model_views(store)
    except FeastObjectNotFoundException as error:
        yield Finding(f"the feature registry lacks a view ({_first_line(error)})", "run `aurora prepare`")


def check_database(settings: StackSettings) -> Iterator[Finding]:
    """The accounts database answers and is at the newest schema."""
    try:
        migrated = schema_version.is_migrated(settings.database_url)
    except (SQLAlchemyError, OSError) as error:
        yield Finding(
            f"the accounts database does not answer ({_first_line(error)})", "check AURORA_DATABASE_URL"
        )
        return
    if not migrated:
        yield Finding("the accounts database is not migrated", "run `aurora prepare`")


CHECKS: tuple[Check, ...] = (check_topics, check_schemas, check_redis, check_features, check_database)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
