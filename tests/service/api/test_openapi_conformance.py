"""The running API does what its OpenAPI document says, whatever is sent to it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from redis import Redis
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)
from service.api.people import person, session_of
from service.api.running import Running

from api.access.roles import Role
from api.app import DOCUMENT
from api.sessions.cross_site import csrf_token
from api.web.openapi_components import IN_SESSION
from ops import topics as kafka_topics
from schemas import online_store, topics

pytestmark = pytest.mark.service

SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(DOCUMENT)))
# what breaks a rule may be longer than any body may be, and is then refused for that
REFUSALS = SCHEMA.config.checks.negative_data_rejection
REFUSALS.expected_statuses = [*REFUSALS.expected_statuses, "413"]

# they have rules that no JSON Schema can tell, such as that events are of the token's tenant, so that data which fits the
# schema may be refused; what they take is shown by tests of their own
WITH_FURTHER_RULES = {
    *("ingestEvents", "getStockAlerts", "getModels"),
    *("replaceSuppressions", "mergeSuppressions", "getSuppression", "deleteSuppression"),
    *("deleteSuppressions", "addDigestRecipient"),
    *("getSettingLevels", "getEffectiveSettings", "postCatalogueSkus"),
    *(f"{verb}CatalogueSku" for verb in ("get", "put", "delete")),
    *(
        f"{verb}{level}Settings"
        for verb in ("get", "put", "delete")
        for level in ("", "Category", "Sku", "SkuWarehouse", "Warehouse")
    ),
    *("getUsage", "deletePredictions", "getPredictionDeletions", "eraseCustomer"),
    *("getUsers", "inviteUser", "setIdentityProvider", "getAudit"),
    *("makePasskey", "stepUp", "getStepUpOptions", "removePasskey"),
    *("createWebhook", "changeWebhook", "getWebhookDeliveries"),
}


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "text/csv")
def lines(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Lines are generated as they are sent; whatever else should be refused goes as JSON."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@pytest.fixture(scope="module")
def token(api: Running, redis: str) -> Iterator[str]:
    """A token for everything, of a tenant with a topic, while the online store counts as complete."""
    account = api.tenant()
    kafka_topics.ensure(api.settings.kafka_bootstrap, [topics.orders(account.tenant_id)])
    with Redis.from_url(redis) as client:
        client.set(online_store.COMPLETE, 1)
        yield api.token(account)
        client.delete(online_store.COMPLETE)


@pytest.fixture
def session(api: Running, admins_tenant: UUID) -> Mapping[str, str]:
    """Headers of an admin's browser, the passkey shown."""
    admin = person(api, admins_tenant, Role.ADMIN)
    token = session_of(api, admin, stepped_up=True)
    return {
        "Cookie": f"aurora_session={token}",
        "Origin": api.settings.browser_origin,
        "X-CSRF-Token": csrf_token(token),
    }


@pytest.fixture(scope="module")
def admins_tenant(api: Running) -> UUID:
    return api.tenant().tenant_id


@pytest.mark.parametrize("api", ["postgresql"], indirect=True)
@SCHEMA.parametrize()
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(
    case: schemathesis.Case[Any], api: Running, token: str, session: Mapping[str, str]
) -> None:
    described = case.operation.definition.raw
    excluded: list[Any] = [positive_data_acceptance] if described["operationId"] in WITH_FURTHER_RULES else []
    headers = {"Authorization": f"Bearer {token}"}
    if described.get("security") == IN_SESSION:
        # the cookie has another name without TLS, so that it is not known for what it is
        excluded += [ignored_auth, negative_data_rejection]
        headers = dict(session)
    case.call_and_validate(base_url=api.url, headers=headers, excluded_checks=excluded)
