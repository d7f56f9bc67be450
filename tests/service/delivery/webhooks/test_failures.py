"""Receivers that fail in every way, and what becomes of what was sent to them."""

import json
from datetime import timedelta

import pytest
from service.delivery.webhooks.delivering import Delivering, Tenant, eventually, publish
from service.delivery.webhooks.receiver import (
    Behaviour,
    Receiver,
    answer,
    close,
    drip_body,
    drip_head,
    flood,
    hang,
    listening,
)
from service.delivery.webhooks.tls import server_context
from sqlalchemy import select, update

from api.audit.tables import AuditRow
from api.clock import utc_now
from api.database import Database
from api.webhooks.tables import WebhookRow

pytestmark = pytest.mark.service

TRIES = 6
FAILS: list[tuple[str, Behaviour, str]] = [
    ("error", answer(500), "answered 500"),
    ("refusal", answer(400), "answered 400"),
    ("redirect", answer(302, location="/elsewhere"), "answered 302, and redirects are not followed"),
    ("close", close, "Server disconnected without sending a response."),
    ("hang", hang, "no answer within 1 s"),
    ("drip", drip_head, "no answer within 1 s"),
]


def test_what_fails_once_gets_through_the_next_time(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    ids = {
        name: tenant.webhook(receiver.at(f"/{name}", behaviour, answer()))[0] for name, behaviour, _ in FAILS
    }
    receiver.at("/elsewhere")
    publish(kafka, [tenant.alert()])
    eventually(lambda: all(tenant.states(webhook_id) == ["delivered"] for webhook_id in ids.values()))
    for name in ids:
        first, again = receiver.taken[f"/{name}"]
        assert (first.message_id, first.body) == (again.message_id, again.body)
    assert receiver.taken["/elsewhere"] == [], "no redirect is followed"


def test_after_six_tries_it_is_given_up_and_the_log_says_why(
    kafka: str, tenant: Tenant, receiver: Receiver
) -> None:
    ids = {
        name: (tenant.webhook(receiver.at(f"/{name}", behaviour))[0], error)
        for name, behaviour, error in FAILS
    }
    publish(kafka, [tenant.alert()])
    eventually(lambda: all(tenant.states(each) == ["failed"] for each, _ in ids.values()), 120)
    for name, (webhook_id, error) in ids.items():
        (entry,) = tenant.entries(webhook_id)
        assert (entry.delivery.tries, entry.delivery.last_error) == (TRIES, error)
        times = [taken.at for taken in receiver.taken[f"/{name}"]]
        assert len(times) == TRIES
        # 0.002 s * 6 ** 4, less a quarter
        assert times[5] - times[4] > 1.9


def test_a_good_status_counts_however_odd_the_rest(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    endless, _ = tenant.webhook(receiver.at("/endless", drip_body))
    huge, _ = tenant.webhook(receiver.at("/huge", flood))
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.states(endless) == tenant.states(huge) == ["delivered"])
    assert [len(receiver.taken[path]) for path in ("/endless", "/huge")] == [1, 1]


def test_who_asks_for_time_is_given_it(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/busy", answer(429, retry_after="2"), answer()))
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"])
    first, again = receiver.taken["/busy"]
    assert again.at - first.at >= 2


def test_nobody_there_and_a_certificate_of_nobody(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    with listening(server_context("127.0.0.1")) as untrusted:
        forged, _ = tenant.webhook(untrusted.at("/hook"))
        nobody, _ = tenant.webhook("http://127.0.0.1:9/hook")
        publish(kafka, [tenant.alert()])
        eventually(lambda: tenant.states(forged) == tenant.states(nobody) == ["failed"])
    assert tenant.entries(forged)[0].delivery.last_error == "TLS: self-signed certificate"
    assert "onnect" in str(tenant.entries(nobody)[0].delivery.last_error)


def test_who_is_gone_is_disabled_at_once(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/gone", answer(410)))
    publish(kafka, [tenant.alert("TEA-1"), tenant.alert("TEA-1", "resolved")])
    eventually(lambda: tenant.one(webhook_id).state == "disabled")
    assert tenant.one(webhook_id).disabled_because == "gone"
    assert sorted(tenant.states(webhook_id)) == ["cancelled", "failed", "noted"]
    assert len(receiver.taken["/gone"]) == 1
    newest = tenant.entries(webhook_id)[0].message
    assert newest.type == "webhook.disabled"
    assert json.loads(newest.payload)["data"]["because"] == "gone"
    assert "webhook.disabled" in audited(delivering, tenant)


def test_who_has_failed_for_a_day_is_disabled(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    for_a_day, _ = tenant.webhook(receiver.at("/dead", answer(503)))
    for_a_moment, _ = tenant.webhook(receiver.at("/ill", answer(503)))
    make_failing(delivering, for_a_day, failures=4, since=timedelta(days=1))
    make_failing(delivering, for_a_moment, failures=4, since=timedelta(minutes=1))
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.one(for_a_day).state == "disabled", 120)
    assert tenant.one(for_a_day).disabled_because == "failing"
    eventually(lambda: tenant.states(for_a_moment) == ["failed"], 120)
    assert tenant.one(for_a_moment).state == "active"


def test_one_that_gets_through_ends_a_row_of_failures(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    make_failing(delivering, webhook_id, failures=4, since=timedelta(days=1))
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"])
    row = tenant.one(webhook_id)
    assert (row.failures, row.failing_since, row.state) == (0, None, "active")


def test_of_one_sku_the_later_waits_for_the_earlier(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook", answer(500), answer(500), answer()))
    changes = ("raised", "updated", "resolved")
    publish(kafka, [tenant.alert("TEA-1", change) for change in changes])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 3)
    types = [json.loads(taken.body)["type"] for taken in receiver.taken["/hook"]]
    assert types == ["alert.raised", "alert.raised", "alert.raised", "alert.updated", "alert.resolved"]


def test_a_name_that_leads_inside_is_never_connected_to(
    kafka: str, tenant: Tenant, receiver: Receiver
) -> None:
    # made while it was allowed, as far as the database knows
    inside, _ = tenant.webhook("https://10.0.0.1/hook")
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.states(inside) == ["failed"])
    error = "the URL leads to 10.0.0.1, which is private"
    assert tenant.entries(inside)[0].delivery.last_error == error


def make_failing(delivering: Delivering, webhook_id: str, failures: int, since: timedelta) -> None:
    """As if so many deliveries had been given up, the first of them so long ago."""

    async def change(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(
                update(WebhookRow)
                .where(WebhookRow.webhook_id == webhook_id)
                .values(failures=failures, failing_since=utc_now() - since)
            )

    delivering.on_database(change)


def audited(delivering: Delivering, tenant: Tenant) -> list[str]:
    """What the audit log has of the tenant."""

    async def read(database: Database) -> list[str]:
        async with database.transaction() as session:
            found = await session.scalars(
                select(AuditRow.action).where(AuditRow.tenant_id == tenant.tenant_id)
            )
            return list(found)

    return delivering.on_database(read)
