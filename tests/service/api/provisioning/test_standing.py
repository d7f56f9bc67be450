"""Tenants suspended, resumed, exported and removed over HTTP."""

import json
import time
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from confluent_kafka import Producer
from service.api.provisioning.operator_calls import Operator, steps_of
from service.api.running import Account, Running
from sqlalchemy import select

from api.audit.actor import Actor
from api.audit.tables import AuditRow
from api.database import Database
from api.every_table import Base
from api.provisioning import closing
from api.provisioning.tenant_rows import OUTLIVING, of_tenant
from api.suppressions.suppression_store import SuppressionStore
from api.topics import states
from schemas import topics
from schemas.encoding import encoder

pytestmark = pytest.mark.service


class Retailer:
    """A tenant's own program, with a token from before whatever happens to the tenant."""

    def __init__(self, api: Running, account: Account) -> None:
        self._api = api
        self._account = account
        self._headers = {"Authorization": f"Bearer {api.token(account)}"}

    def read(self) -> httpx.Response:
        return self._api.http.get("/v1/clients", headers=self._headers)

    def send(self) -> httpx.Response:
        event = {
            "tenant_id": str(self._account.tenant_id),
            "event_type": "stock.counted",
            "payload": {"sku": "TEA-1", "warehouse": "berlin", "qty": 3},
        }
        return self._api.http.post("/v1/ingest/events", json=event, headers=self._headers)

    def ask_for_token(self) -> httpx.Response:
        return self._api.ask_for_token((self._account.client_id, self._account.secret))


@pytest.fixture
def made(operator: Operator) -> tuple[dict[str, Any], Account]:
    """A new tenant as it was answered, and its client."""
    return operator.created(scopes=["events:write", "clients:read"])


def actions(api: Running, tenant_id: str) -> list[str]:
    """What the audit log tells of a tenant."""

    async def run(database: Database) -> list[str]:
        told = select(AuditRow.action).where(AuditRow.tenant_id == UUID(tenant_id)).order_by(AuditRow.number)
        async with database.transaction() as session:
            return [*await session.scalars(told)]

    return api.on_database(run)


def rows_left(api: Running, tenant_id: str) -> set[str]:
    """Tables that hold something of a tenant."""

    async def run(database: Database) -> set[str]:
        found = set()
        async with database.transaction() as session:
            for table in Base.metadata.sorted_tables:
                owned = of_tenant(table, UUID(tenant_id))
                if owned is not None and (await session.execute(select(table).where(owned))).first():
                    found.add(table.name)
        return found

    return api.on_database(run)


def test_a_suspended_tenant_neither_sends_nor_reads_from_the_answer_on(
    api: Running, operator: Operator, made: tuple[dict[str, Any], Account]
) -> None:
    tenant, account = made
    retailer = Retailer(api, account)
    assert (retailer.send().status_code, retailer.read().status_code) == (202, 200)
    answer = operator.ask("POST", f"/{tenant['tenant_id']}/suspend")
    assert (answer.status_code, answer.json()["standing"]) == (200, "suspended")
    assert [retailer.send().status_code, retailer.read().status_code] == [401, 401]
    assert retailer.ask_for_token().json()["error"] == "invalid_client"

    answer = operator.ask("POST", f"/{tenant['tenant_id']}/resume")
    assert (answer.status_code, answer.json()["standing"]) == (200, "active")
    assert "client" not in answer.json(), "only what makes the tenant tells a secret"
    assert [retailer.send().status_code, retailer.read().status_code] == [202, 200]
    assert actions(api, tenant["tenant_id"])[-2:] == ["tenant.suspended", "tenant.resumed"]


def test_suspending_twice_changes_nothing_more(
    api: Running, operator: Operator, made: tuple[dict[str, Any], Account]
) -> None:
    tenant_id = made[0]["tenant_id"]
    assert [operator.ask("POST", f"/{tenant_id}/suspend").status_code for _ in range(2)] == [200, 200]
    assert actions(api, tenant_id).count("tenant.suspended") == 1


def list_suppressed(api: Running, tenant_id: str, csv: bytes) -> None:
    async def put(database: Database) -> None:
        store, actor = SuppressionStore(database, 10), Actor("client", "client_1", UUID(tenant_id))
        await store.replace(UUID(tenant_id), BytesIO(csv), actor, lambda _: None)
        store.close()

    api.on_database(put)


def test_an_archive_holds_what_is_the_tenant_s_and_no_secret(
    api: Running, operator: Operator, made: tuple[dict[str, Any], Account]
) -> None:
    tenant, account = made
    other, _ = operator.created()
    put_alert(api, tenant["tenant_id"], "TEA-1")
    put_alert(api, other["tenant_id"], "TEA-2")
    list_suppressed(api, tenant["tenant_id"], b"sku,warehouse\nTEA-9,berlin\n")
    whole = operator.ask("GET", f"/{tenant['tenant_id']}/export")
    assert whole.headers["content-type"] == "application/zip"
    archive = operator.archive(tenant["tenant_id"])
    (described,) = archive["tenant.json"]
    assert (described["tenant_id"], described["name"]) == (tenant["tenant_id"], tenant["name"])
    (client,) = archive["clients.ndjson"]
    assert client.keys() == {"client_id", "scopes", "created_at", "revoked_at"}
    told = [entry["action"] for entry in archive["audit_log.ndjson"]]
    assert (told[0], told[-1]) == ("tenant.created", "suppressions.replaced")
    assert [each["sku"] for each in archive["alerts.ndjson"]] == ["TEA-1"]
    assert [(each["sku"], each["warehouse"]) for each in archive["suppressions.csv"]] == [("TEA-9", "berlin")]
    text = json.dumps(archive)
    assert account.secret not in text
    assert "$argon2" not in text
    assert other["tenant_id"] not in text


def put_alert(api: Running, tenant_id: str, sku: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    alert = {
        **{"alert_id": str(uuid4()), "change": "raised", "raised_at": now_ms, "changed_at": now_ms},
        **{"tenant_id": tenant_id, "sku": sku, "warehouse": "berlin", "stock": 3},
        **{"threshold": 0.7, "probability": 0.9, "model_version": "nb-2.0-cold"},
    }
    producer = Producer({"bootstrap.servers": api.settings.kafka_bootstrap})
    value, key = encoder(topics.ALERTS.schema)(alert), f"{tenant_id}|{sku}|berlin"
    producer.produce(topics.ALERTS.name, value, key.encode())
    assert producer.flush(10) == 0


def test_a_removed_tenant_leaves_nothing_but_its_audit_log(
    api: Running, operator: Operator, made: tuple[dict[str, Any], Account]
) -> None:
    tenant, account = made
    retailer = Retailer(api, account)
    assert retailer.send().status_code == 202
    tenant_id = tenant["tenant_id"]
    answer = operator.ask("DELETE", f"/{tenant_id}")
    assert (answer.status_code, answer.json()["standing"]) == (200, "deleted")
    assert steps_of(answer.json()) == dict.fromkeys(closing.NAMES, "done")
    assert states(api.settings.kafka_bootstrap, [topics.orders(UUID(tenant_id)).name]) == {}
    assert rows_left(api, tenant_id) <= OUTLIVING
    told = actions(api, tenant_id)
    assert (told[0], *told[-2:]) == ("tenant.created", "tenant.closing", "tenant.deleted")
    assert operator.ask("GET", f"/{tenant_id}").status_code == 404
    # its client is not even known any more, and its token lives for an hour
    assert [retailer.send().status_code, retailer.read().status_code] == [401, 401]
    assert retailer.ask_for_token().json()["error"] == "invalid_client"
    again = operator.ask("DELETE", f"/{tenant_id}").json()
    assert (again["standing"], steps_of(again)) == ("deleted", steps_of(answer.json()))


def test_a_name_is_free_again_once_its_tenant_is_removed(
    operator: Operator, made: tuple[dict[str, Any], Account]
) -> None:
    operator.ask("DELETE", f"/{made[0]['tenant_id']}")
    assert operator.create(made[0]["name"]).status_code == 201
