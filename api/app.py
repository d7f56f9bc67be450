"""The application: its routes, its errors, and the parts that it opens and closes."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Protocol

import httpx
import msgspec
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from api import openapi
from api.access import oauth
from api.access.account_watch import AccountsUnread, AccountWatch
from api.access.attempts import FailedAttempts
from api.access.client_secrets import SecretChecker
from api.access.key_store import ensure_key
from api.access.oauth_errors import OAuthError, answer_oauth_error
from api.access.sealing import key_of
from api.access.tokens import TokenRules
from api.access.verified_tokens import VerifiedTokens
from api.alerts import alerts
from api.alerts.risk_store import RiskStore
from api.audit import entries
from api.catalogue import catalogue
from api.clients import clients
from api.clock import utc_now
from api.database import Database
from api.digests import letter_links, recipients
from api.digests.link_tokens import LinkTokens
from api.erasures import erasures
from api.erasures.erasure_watch import ErasureWatch
from api.health import exposition, status
from api.health.consumer_lag import ConsumerLag
from api.health.health import checks
from api.health.status_board import CHECK_SECONDS, StatusBoard
from api.hidden_predictions import hidden_predictions
from api.hidden_predictions.deletion_store import DeletionStore
from api.hidden_predictions.purge import Purge
from api.ingest import events
from api.ingest.gateway import Gateway
from api.limits import limits
from api.limits.admission import AdmittedSessions, AdmittedTokens
from api.limits.gate import Gate
from api.models import models
from api.models.version_store import VersionStore
from api.oidc import identity_provider, oidc
from api.oidc.provider_calls import ProviderCalls
from api.outbox.relay import Relay
from api.passkeys import passkeys
from api.provisioning import tenants
from api.provisioning.archive import Archives
from api.provisioning.provisioning import Provisioning
from api.sandbox import sandbox
from api.sessions import account_page, sessions
from api.sessions.sign_in import password_checker
from api.sessions.user_sessions import UserSessions
from api.settings import Settings
from api.state import AppState
from api.suppressions import suppressions
from api.suppressions.suppression_store import SuppressionStore
from api.tenant_settings import tenant_settings
from api.tenant_settings.retention import Retention
from api.usage import usage
from api.usage.request_counts import RequestCounts
from api.usage.topic_counts import TopicCounts
from api.usage.usage_writer import UsageWriter
from api.users import users
from api.web import docs, problem_types
from api.web.access_log import AccessLog
from api.web.error_answers import (
    DATABASE_AWAY,
    answer_accounts_unread,
    answer_database_away,
    answer_http_exception,
)
from api.web.observation import Observation
from api.web.problems import Problem, answer_problem
from api.webhooks import deliveries, webhooks


class Resource(Protocol):
    """A module of endpoints, with its part of the OpenAPI document."""

    routes: list[BaseRoute]
    paths: dict[str, object]


NEW_OBJECTS = 20_000
"""So many more than before make a collection due; Python's own choice is 700, a few requests."""

# the busiest first: the router tries one after the other
RESOURCES: tuple[Resource, ...] = (
    *(events, alerts, models, limits, usage, hidden_predictions, erasures, oauth, status),
    *(webhooks, deliveries),
    *(suppressions, recipients, letter_links),
    *(tenant_settings, catalogue),
    *(sessions, account_page, passkeys, oidc, users, identity_provider, clients, entries),
    *(tenants, sandbox),
    *(exposition, problem_types, openapi, docs),
)
ROUTES = [route for resource in RESOURCES for route in resource.routes]
DOCUMENT = openapi.document(resource.paths for resource in RESOURCES)


def create_app(settings: Settings) -> Starlette:
    """The whole API; it opens its parts when the server starts it."""
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(
                Observation,
                templates={route.endpoint: route.path for route in ROUTES if isinstance(route, Route)},
                access_log=AccessLog(sys.stdout.buffer, settings.log_level),
            )
        ],
        exception_handlers={
            Problem: answer_problem,
            OAuthError: answer_oauth_error,
            AccountsUnread: answer_accounts_unread,
            HTTPException: answer_http_exception,
            **dict.fromkeys(DATABASE_AWAY, answer_database_away),
        },
        lifespan=partial(open_parts, settings),
    )
    # a path with a slash too many is a mistake of the caller's, who should see it
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def open_parts(settings: Settings, _app: Starlette) -> AsyncIterator[AppState]:
    """Open every part, and close them in the opposite order."""
    encryption_key = key_of(settings.encryption_key)
    rules = TokenRules(settings.issuer.rstrip("/"), settings.token_lifetime)
    async with AsyncExitStack() as parts:
        database = Database(settings.database_url)
        parts.push_async_callback(database.close)
        redis = await parts.enter_async_context(
            Redis.from_url(
                settings.redis_url, socket_timeout=CHECK_SECONDS, socket_connect_timeout=CHECK_SECONDS
            )
        )
        flink = await parts.enter_async_context(
            httpx.AsyncClient(base_url=settings.flink_url, timeout=CHECK_SECONDS)
        )
        kafka = ConsumerLag(settings.kafka_bootstrap)
        parts.callback(kafka.close)
        watch = await _watch(parts, database, encryption_key, settings)
        gateway, risk_store, version_store = Gateway(settings), RiskStore(settings), VersionStore(settings)
        counts = RequestCounts()
        gate = Gate(settings, database, counts)
        retention = Retention(database, settings)
        at_work = (
            *(Relay(database, settings), UsageWriter(database, counts), TopicCounts(database, settings)),
            *(Purge(database, redis), ErasureWatch(database, settings)),
        )
        for part in (gateway, risk_store, version_store, retention, *at_work, gate):
            await part.open()
            parts.push_async_callback(part.close)
        suppression_store = SuppressionStore(database, settings.max_suppressions)
        parts.callback(suppression_store.close)
        user_sessions = UserSessions(database, settings)
        provider_calls = ProviderCalls(allow_loopback=settings.insecure_cookies)
        parts.push_async_callback(provider_calls.close)
        _spare_the_collector()
        yield AppState(
            settings=settings,
            openapi=msgspec.json.encode(DOCUMENT),
            database=database,
            account_watch=watch,
            authenticator=AdmittedTokens(VerifiedTokens(rules, watch), gate.admission),
            token_rules=rules,
            secret_checker=parts.enter_context(SecretChecker()),
            failed_attempts=FailedAttempts(),
            sessions=AdmittedSessions(user_sessions, gate.admission),
            user_sessions=user_sessions,
            provider_calls=provider_calls,
            password_checker=parts.enter_context(password_checker()),
            redis=redis,
            gateway=gateway,
            tenant_limits=gate.tenant_limits,
            deletion_store=DeletionStore(database, redis),
            status_board=StatusBoard(checks(database, kafka, redis, flink, gateway, gate)),
            risk_store=risk_store,
            version_store=version_store,
            provisioning=Provisioning(database, redis, settings, watch.reread),
            archives=Archives(database, redis, risk_store, suppression_store, settings),
            suppression_store=suppression_store,
            link_tokens=LinkTokens(encryption_key),
            retention=retention,
        )


def _spare_the_collector() -> None:
    """Let full collections pass over all that is there now, and let the others come seldom.

    Feast leaves 190,000 objects behind when it is imported; walking them takes 0.1 s, in which every request waits. What a
    request leaves is gone without a collection, but a hundred requests under way look to the collector like a leak.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


async def _watch(
    parts: AsyncExitStack, database: Database, encryption_key: bytes, settings: Settings
) -> AccountWatch:
    await ensure_key(database, encryption_key, utc_now())
    watch = AccountWatch(database, encryption_key, settings.token_lifetime)
    await watch.refresh(older_than=0)
    watching = asyncio.create_task(watch.run())
    parts.callback(watching.cancel)
    return watch
