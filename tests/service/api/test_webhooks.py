"""``/v1/webhooks`` at the running API, on each kind of database."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from service.api.running import Account, Running
from sqlalchemy import insert, select

from api.access.sealing import key_of
from api.audit.tables import AuditRow
from api.clock import utc_now
from api.database import Database
from api.webhooks.messages import EVENT_TYPES
from api.webhooks.signing_secrets import secrets_of, shown
from api.webhooks.tables import DeliveryRow, MessageRow, WebhookRow
from api.webhooks.webhook_store import MOST_WEBHOOKS

pytestmark = pytest.mark.service

URL = "https://shop.example/hook"


class Webhooks:
    """What a tenant's client does with webhooks, while nothing delivers."""

    def __init__(self, api: Running) -> None:
        self.api = api
        self.account: Account = api.tenant()
        self._headers = {"Authorization": f"Bearer {api.token(self.account)}"}

    def ask(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        headers = {**self._headers, **options.pop("headers", {})}
        return self.api.http.request(method, f"/v1/webhooks{path}", headers=headers, **options)

    def made(self, **wanted: object) -> dict[str, Any]:
        answer = self.ask("POST", json={"url": URL, **wanted})
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    def secrets(self, webhook_id: str, at: datetime) -> list[str]:
        """Those that sign at that time, the newest first."""

        async def read(database: Database) -> list[str]:
            async with database.transaction() as session:
                row = await session.get_one(WebhookRow, webhook_id)
                return [shown(each) for each in secrets_of(key_of(self.api.settings.encryption_key), row, at)]

        return self.api.on_database(read)

    def audited(self) -> list[tuple[str, str]]:
        """Actions on webhooks, and what was before and after."""

        async def read(database: Database) -> list[tuple[str, str]]:
            of_tenant = select(AuditRow).where(AuditRow.tenant_id == self.account.tenant_id)
            async with database.transaction() as session:
                rows = await session.scalars(of_tenant.order_by(AuditRow.number))
                return [(row.action, f"{row.before} {row.after}") for row in rows if "webhook" in row.subject]

        return self.api.on_database(read)


@pytest.fixture
def webhooks(api: Running) -> Webhooks:
    """Those of a tenant of the test's own, with none yet."""
    return Webhooks(api)


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(webhooks: Webhooks) -> None:
    answer = webhooks.ask("POST", json={"url": URL, "events": ["alert.resolved"], "description": "Reorders"})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    created = answer.json()
    assert answer.headers["location"] == f"/v1/webhooks/{created['webhook_id']}"
    secret = created.pop("secret")
    assert secret.startswith("whsec_")
    assert created["state"] == "active"
    shown_now = webhooks.ask("GET", f"/{created['webhook_id']}")
    assert shown_now.json() == created
    assert webhooks.ask("GET").json() == [created]
    assert secret not in shown_now.text + webhooks.ask("GET").text
    again = webhooks.ask("GET", headers={"If-None-Match": webhooks.ask("GET").headers["etag"]})
    assert again.status_code == 304


def test_what_is_not_said_is_everything(webhooks: Webhooks) -> None:
    created = webhooks.made()
    assert created["events"] == [*EVENT_TYPES]
    assert (created["skus"], created["warehouses"], created["description"]) == ([], [], "")


@pytest.mark.parametrize(
    ("wanted", "type", "detail"),
    [
        ({"url": "http://shop.example/"}, "bad-webhook", "url must begin with https://."),
        ({"url": "https://10.0.0.1/"}, "bad-webhook", "url leads to 10.0.0.1, which is private."),
        ({"skus": ["a|b"]}, "bad-webhook", "skus must hold names"),
        ({"warehouses": [" a"]}, "bad-webhook", "warehouses must hold names"),
        ({"description": "a\u0000"}, "bad-webhook", "description must hold printable"),
        ({"events": []}, "bad-json-body", "`array` of length >= 1"),
        ({"events": ["alert.lost"]}, "bad-json-body", "alert.lost"),
        ({"colour": "red"}, "bad-json-body", "unknown field `colour`"),
    ],
)
def test_what_is_no_webhook_is_refused(
    webhooks: Webhooks, wanted: dict[str, object], type: str, detail: str
) -> None:
    answer = webhooks.ask("POST", json={"url": URL, **wanted})
    assert answer.status_code == 400
    assert answer.json()["type"] == f"/v1/problems/{type}"
    assert detail in answer.json()["detail"]
    assert webhooks.ask("GET").json() == []


def test_a_secret_is_replaced_and_signs_for_a_day_more(webhooks: Webhooks) -> None:
    created = webhooks.made()
    path = f"/{created['webhook_id']}"
    rotated = webhooks.ask("POST", f"{path}/secret").json()
    old, new = created["secret"], rotated["secret"]
    assert old != new
    until = datetime.fromisoformat(rotated["old_secret_until"])
    assert abs(until - utc_now() - timedelta(hours=24)) < timedelta(minutes=1)
    assert webhooks.secrets(created["webhook_id"], until - timedelta(seconds=1)) == [new, old]
    assert webhooks.secrets(created["webhook_id"], until) == [new]


def test_a_webhook_is_paused_resumed_changed_and_deleted(webhooks: Webhooks) -> None:
    path = f"/{webhooks.made()['webhook_id']}"
    assert webhooks.ask("POST", f"{path}/pause").json()["state"] == "paused"
    assert webhooks.ask("POST", f"{path}/pause").json()["state"] == "paused"
    refused = webhooks.ask("POST", f"{path}/test")
    assert (refused.status_code, refused.json()["type"]) == (409, "/v1/problems/webhook-not-active")
    assert webhooks.ask("POST", f"{path}/resume").json()["state"] == "active"
    wanted = {"url": f"{URL}?token=secret", "events": ["alert.raised"], "skus": ["TEA-1", "TEA-1"]}
    changed = webhooks.ask("PUT", path, json=wanted).json()
    assert (changed["url"], changed["skus"]) == (wanted["url"], ["TEA-1"])
    assert webhooks.ask("DELETE", path).status_code == 204
    for method, below in [("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")]:
        gone = webhooks.ask(method, path + below)
        assert (gone.status_code, gone.json()["type"]) == (404, "/v1/problems/unknown-webhook")
    audited = webhooks.audited()
    assert [action for action, _ in audited] == [
        f"webhook.{action}" for action in ("created", "paused", "resumed", "changed", "deleted")
    ]
    assert "token=secret" not in str(audited), "what may be a secret is not in the audit log"


def test_the_log_is_walked_page_by_page(webhooks: Webhooks) -> None:
    webhook_id = webhooks.made()["webhook_id"]
    sent = [webhooks.ask("POST", f"/{webhook_id}/test").json()["message_id"] for _ in range(5)]
    walked, url = [], f"/{webhook_id}/deliveries?limit=2&state=waiting"
    while url:
        page = webhooks.ask("GET", url)
        walked.append([entry["message_id"] for entry in page.json()])
        link = page.headers.get("link", "")
        url = link.partition("<")[2].partition(">")[0].removeprefix("/v1/webhooks")
    assert walked == [sent[4:2:-1], sent[2:0:-1], sent[:1]]
    assert webhooks.ask("GET", f"/{webhook_id}/deliveries?state=failed").json() == []
    bad = webhooks.ask("GET", f"/{webhook_id}/deliveries?state=lost&limit=0&cursor=x")
    assert bad.status_code == 400
    assert [error["parameter"] for error in bad.json()["errors"]] == ["limit", "cursor", "state"]


def test_a_message_is_sent_again_under_its_own_id(webhooks: Webhooks) -> None:
    webhook_id = webhooks.made()["webhook_id"]
    first = webhooks.ask("POST", f"/{webhook_id}/test")
    assert first.status_code == 202
    message_id = first.json()["message_id"]
    again = webhooks.ask("POST", f"/{webhook_id}/deliveries/{message_id}/redeliver")
    assert (again.status_code, again.json()["message_id"]) == (202, message_id)
    log = webhooks.ask("GET", f"/{webhook_id}/deliveries").json()
    assert [entry["message_id"] for entry in log] == [message_id] * 2
    other = webhooks.made()["webhook_id"]
    unknown = webhooks.ask("POST", f"/{other}/deliveries/{message_id}/redeliver")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/v1/problems/unknown-delivery")


def test_another_tenant_s_webhooks_do_not_exist(api: Running, webhooks: Webhooks) -> None:
    webhook_id = webhooks.made()["webhook_id"]
    stranger = Webhooks(api)
    assert stranger.ask("GET").json() == []
    for method, below in [("GET", ""), ("DELETE", ""), ("POST", "/secret"), ("POST", "/pause")]:
        assert stranger.ask(method, f"/{webhook_id}{below}").status_code == 404
    assert stranger.ask("PUT", f"/{webhook_id}", json={"url": URL}).status_code == 404
    assert webhooks.ask("GET", f"/{webhook_id}").json()["state"] == "active"


def test_a_tenant_has_a_hundred_webhooks_at_most(api: Running, webhooks: Webhooks) -> None:
    made = webhooks.made()["webhook_id"]

    async def fill(database: Database) -> None:
        async with database.transaction() as session:
            row = await session.get_one(WebhookRow, made)
            values = {column.key: getattr(row, column.key) for column in WebhookRow.__table__.columns}
            more = [{**values, "webhook_id": f"{made}{number}"} for number in range(1, MOST_WEBHOOKS)]
            await session.execute(insert(WebhookRow), more)

    api.on_database(fill)
    answer = webhooks.ask("POST", json={"url": URL})
    assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/too-many-webhooks")


def test_with_a_webhook_goes_its_log(api: Running, webhooks: Webhooks) -> None:
    webhook_id = webhooks.made()["webhook_id"]
    webhooks.ask("POST", f"/{webhook_id}/test")
    webhooks.ask("DELETE", f"/{webhook_id}")

    async def left(database: Database) -> int:
        async with database.transaction() as session:
            rows = await session.scalars(select(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id))
            return len(rows.all())

    assert api.on_database(left) == 0


def test_a_payload_is_kept_as_it_is_sent(api: Running, webhooks: Webhooks) -> None:
    webhook_id = webhooks.made()["webhook_id"]
    message_id = webhooks.ask("POST", f"/{webhook_id}/test").json()["message_id"]

    async def payload(database: Database) -> str:
        async with database.transaction() as session:
            return (await session.get_one(MessageRow, message_id)).payload

    told = json.loads(api.on_database(payload))
    assert told["type"] == "webhook.test"
    assert told["data"] == {"tenant_id": str(webhooks.account.tenant_id), "webhook_id": webhook_id}
    assert datetime.fromisoformat(told["timestamp"]).tzinfo == UTC
