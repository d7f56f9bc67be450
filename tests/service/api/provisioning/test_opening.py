"""Tenants made by the API: whole, once for each key, and never by a retailer."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from service.api.provisioning.operator_calls import Operator, steps_of
from service.api.running import Running
from sqlalchemy import func, select

from api.access.clients import SCOPES, create_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.access.tenants import AccountError, list_tenants
from api.audit.tables import AuditRow
from api.database import Database
from api.provisioning import opening
from api.tables import ClientRow, TenantRow
from api.topics import difference, states
from schemas.topics import orders

pytestmark = pytest.mark.service


def count(api: Running, table: type[Any], **values: object) -> int:
    async def run(database: Database) -> int:
        async with database.transaction() as session:
            return await session.scalar(select(func.count()).select_from(table).filter_by(**values)) or 0

    return api.on_database(run)


def test_a_tenant_is_there_with_all_that_it_needs_within_thirty_seconds(
    api: Running, operator: Operator
) -> None:
    began = time.monotonic()
    made, account = operator.created(time_zone="Europe/Berlin", retention_days=14)
    event = {
        "tenant_id": made["tenant_id"],
        "event_type": "stock.counted",
        "payload": {"sku": "TEA-1", "warehouse": "berlin", "qty": 3},
    }
    headers = {"Authorization": f"Bearer {api.token(account)}"}
    assert api.http.post("/v1/ingest/events", json=event, headers=headers).status_code == 202
    assert time.monotonic() - began < 30
    assert made["standing"] == "active"
    assert steps_of(made) == dict.fromkeys(opening.NAMES, "done")
    topic = orders(UUID(made["tenant_id"]))
    state = states(api.settings.kafka_bootstrap, [topic.name])[topic.name]
    assert list(difference(topic, state)) == ["has retention.ms=1209600000, not 604800000"]


def test_a_broker_that_asks_nobody_is_told_of(operator: Operator) -> None:
    made, _ = operator.created()
    (step,) = (step for step in made["steps"] if step["name"] == "topic-access")
    assert step["detail"] == "not enforced by this broker"


def test_the_first_client_has_the_scopes_that_were_asked_for(api: Running, operator: Operator) -> None:
    made, account = operator.created(scopes=["alerts:read"])
    assert made["client"]["scopes"] == ["alerts:read"]
    assert api.ask_for_token((account.client_id, account.secret), scope="models:read").status_code == 400


def test_a_repeat_with_the_same_key_gives_the_same_tenant_and_secret(
    api: Running, operator: Operator
) -> None:
    name, key = f"shop {uuid4()}", str(uuid4())
    first, second = operator.create(name, key), operator.create(name, key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    tenant_id = UUID(first.json()["tenant_id"])
    assert count(api, ClientRow, tenant_id=tenant_id) == 1
    assert count(api, AuditRow, tenant_id=tenant_id, action="tenant.created") == 1
    assert count(api, AuditRow, tenant_id=tenant_id, action="client.created") == 1


def test_the_same_request_at_once_makes_one_tenant(api: Running, operator: Operator) -> None:
    name, key = f"shop {uuid4()}", str(uuid4())
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: operator.create(name, key), range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["client"]["client_secret"] for answer in answers}) == 1
    assert count(api, TenantRow, name=name) == 1


def test_a_key_of_another_tenant_is_refused(operator: Operator) -> None:
    key = str(uuid4())
    operator.create(key=key)
    answer = operator.create(key=key)
    assert (answer.status_code, answer.json()["type"]) == (422, "/v1/problems/idempotency-key-reused")


def test_a_taken_name_is_refused_and_leaves_nothing(api: Running, operator: Operator) -> None:
    name = f"shop {uuid4()}"
    operator.create(name)
    answer = operator.create(name, str(uuid4()))
    assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/name-taken")
    assert count(api, TenantRow, name=name) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"name": " "},
        {"region": "mars"},
        {"retention_days": 6},
        {"time_zone": "Europe/Atlantis"},
        {"scopes": ["tenants:write"]},
        {"scopes": []},
        {"owner": "me"},
    ],
)
def test_no_such_tenant_is_made(operator: Operator, members: dict[str, Any]) -> None:
    answer = operator.create(**members)
    assert answer.status_code == 400
    assert answer.json()["type"] in ("/v1/problems/bad-tenant", "/v1/problems/bad-json-body")


def test_tenants_are_listed_page_by_page_without_the_operator(api: Running, operator: Operator) -> None:
    names = {operator.created()[0]["name"] for _ in range(3)}
    listed, path = [], "?limit=2"
    while path:
        answer = operator.ask("GET", path)
        listed += answer.json()
        path = answer.links.get("next", {}).get("url", "").removeprefix("/v1/tenants")
    assert [each["name"] for each in listed] == sorted({each["name"] for each in listed})
    assert names <= {each["name"] for each in listed}
    assert str(OPERATOR) not in {each["tenant_id"] for each in listed}
    assert OPERATOR not in {each.tenant_id for each in api.on_database(list_tenants)}


def test_a_retailer_is_never_let_in(api: Running, operator: Operator) -> None:
    made, account = operator.created(scopes=sorted(SCOPES))
    headers = {"Authorization": f"Bearer {api.token(account)}"}
    for method, path in (
        *(("GET", ""), ("POST", ""), ("GET", f"/{made['tenant_id']}"), ("DELETE", f"/{made['tenant_id']}")),
        *(("POST", f"/{made['tenant_id']}/{verb}") for verb in ("suspend", "resume")),
        ("GET", f"/{made['tenant_id']}/export"),
    ):
        answer = api.http.request(method, f"/v1/tenants{path}", headers=headers)
        assert answer.status_code == 403
        assert 'error="insufficient_scope", scope="tenants:' in answer.headers["www-authenticate"]
    with pytest.raises(AccountError, match="unknown scope tenants:write"):
        api.on_database(lambda database: create_client(database, UUID(made["tenant_id"]), {"tenants:write"}))


def test_an_operator_reads_no_stock(api: Running, operator: Operator) -> None:
    headers = {"Authorization": f"Bearer {api.token(operator.account)}"}
    assert api.http.get("/v1/stock/alerts", headers=headers).status_code == 403
    with pytest.raises(AccountError, match="unknown scope alerts:read"):
        api.on_database(lambda database: create_client(database, OPERATOR, {*OPERATOR_SCOPES, "alerts:read"}))


@pytest.mark.parametrize("tenant_id", [OPERATOR, uuid4(), "nothing"])
def test_what_is_no_tenant_is_not_found(operator: Operator, tenant_id: object) -> None:
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/suspend"),
        ("POST", "/resume"),
        ("GET", "/export"),
    ):
        answer = operator.ask(method, f"/{tenant_id}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/unknown-tenant")
