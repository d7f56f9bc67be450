"""Processes of the delivery that come and go, and the outbox that outlives them."""

from datetime import timedelta
from pathlib import Path

import pytest
from service.delivery.webhooks.delivering import Delivering, Tenant, eventually, publish
from service.delivery.webhooks.receiver import Receiver, answer, slowly
from sqlalchemy import select, update

from api.clock import utc_now
from api.database import Database
from api.webhooks.tables import MessageRow
from delivery.webhooks import outbox

pytestmark = pytest.mark.service

SQLITE = pytest.mark.parametrize("running_delivery", ["sqlite"], indirect=True)


@SQLITE
def test_told_to_stop_it_ends_what_it_has_begun(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/slow", slowly(0.7)))
    publish(kafka, [tenant.alert("TEA-1"), tenant.alert("TEA-1", "resolved")])
    eventually(lambda: len(receiver.taken["/slow"]) == 1)
    assert delivering.stop() == 0
    assert tenant.states(webhook_id) == ["waiting", "delivered"]
    assert len(receiver.taken["/slow"]) == 1
    delivering.start()
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 2)
    assert len(receiver.taken["/slow"]) == 2


@SQLITE
def test_one_process_works_and_another_takes_over(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering, tmp_path: Path
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    other = Delivering(delivering.settings, tmp_path, AURORA_DELIVERY_INSTANCE="delivery-2")
    other.launch()
    try:
        eventually(lambda: "delivering" in other.log)
        publish(kafka, [tenant.alert("TEA-1")])
        eventually(lambda: tenant.states(webhook_id) == ["delivered"])
        assert "reading on" not in other.log
        delivering.kill()
        publish(kafka, [tenant.alert("TEA-2")])
        eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 2)
        assert "reading on" in other.log
        assert len(receiver.taken["/hook"]) == 2
    finally:
        assert other.stop() == 0


def test_what_was_published_while_nobody_delivered_is_told(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    delivering.kill()
    publish(kafka, [tenant.alert(f"TEA-{number}") for number in range(10)])
    assert receiver.taken["/hook"] == []
    delivering.start()
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 10)
    assert len(receiver.taken["/hook"]) == 10


def test_an_alert_that_is_told_twice_is_one_message(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    alert = tenant.alert("TEA-1")
    publish(kafka, [alert, alert])
    publish(kafka, [alert, tenant.alert("TEA-1", "resolved")])
    eventually(lambda: len(receiver.taken["/hook"]) == 2)
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 2)


def test_the_log_is_kept_for_thirty_days(tenant: Tenant, receiver: Receiver, delivering: Delivering) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook", answer()))
    old, new = (
        tenant.on_log(lambda log: log.test(tenant.caller, webhook_id)).message.message_id for _ in range(2)
    )
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 2)

    async def age_and_clean(database: Database) -> bool:
        aged = update(MessageRow).where(MessageRow.message_id == old)
        async with database.transaction() as session:
            await session.execute(aged.values(created_at=utc_now() - outbox.KEPT - timedelta(seconds=1)))
        async with database.transaction() as session:
            return await outbox.forget_a_piece(session, utc_now())

    async def messages(database: Database) -> set[str]:
        of_tenant = select(MessageRow.message_id).where(MessageRow.tenant_id == tenant.tenant_id)
        async with database.transaction() as session:
            return set(await session.scalars(of_tenant))

    assert delivering.on_database(age_and_clean) is False, "that was all"
    assert delivering.on_database(messages) == {new}
    assert tenant.states(webhook_id) == ["delivered"]
