"""From the topic alerts to a receiver, through the database."""

import json

import pytest
from redis import Redis
from service.delivery.webhooks.delivering import Delivering, Tenant, eventually, publish
from service.delivery.webhooks.receiver import Receiver, answer
from standardwebhooks import Webhook, WebhookVerificationError

from schemas.online_store import WEBHOOK_OLDEST_WAITING, WEBHOOK_TRIES

pytestmark = pytest.mark.service


def test_an_alert_arrives_signed(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, secret = tenant.webhook(receiver.at("/hook"))
    alert = tenant.alert(predicted_oos_at=None, raised_at=1_700_000_000_000, changed_at=1_700_000_000_123)
    publish(kafka, [alert])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"])
    (taken,) = receiver.taken["/hook"]
    # the specification's own library
    told = Webhook(secret).verify(taken.body, dict(taken.headers))
    assert told["type"] == "alert.raised"
    assert told["timestamp"] == "2023-11-14T22:13:20.123Z"
    times = {
        "predicted_oos_at": None,
        "raised_at": "2023-11-14T22:13:20.000Z",
        "changed_at": told["timestamp"],
    }
    assert told["data"] == {**alert, **times, "horizon_hours": 24, "quiet_until": None}
    assert taken.headers["content-type"] == "application/json"
    assert taken.headers["host"] == receiver.url.removeprefix("http://")
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(taken.body + b" ", dict(taken.headers))


def test_only_what_was_asked_for_arrives(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    resolved, _ = tenant.webhook(receiver.at("/resolved"), events=["alert.resolved"])
    coffee, _ = tenant.webhook(receiver.at("/coffee"), skus=["COFFEE-1"], warehouses=["berlin"])
    everything, _ = tenant.webhook(receiver.at("/everything"))
    publish(
        kafka,
        [
            *(tenant.alert("TEA-1"), tenant.alert("TEA-1", "resolved")),
            *(tenant.alert("COFFEE-1"), tenant.alert("COFFEE-1", warehouse="paris")),
        ],
    )
    eventually(lambda: tenant.states(everything) == ["delivered"] * 4)
    eventually(lambda: tenant.states(coffee) == tenant.states(resolved) == ["delivered"])
    (told,) = (json.loads(taken.body) for taken in receiver.taken["/resolved"])
    assert (told["type"], told["data"]["sku"]) == ("alert.resolved", "TEA-1")
    (told,) = (json.loads(taken.body) for taken in receiver.taken["/coffee"])
    assert (told["data"]["sku"], told["data"]["warehouse"]) == ("COFFEE-1", "berlin")


def test_what_was_never_committed_is_not_told(
    kafka: str, tenant: Tenant, receiver: Receiver, delivering: Delivering
) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook"))
    publish(kafka, [tenant.alert("ABORTED-1")], committed=False)
    publish(kafka, [tenant.alert("TEA-1")])
    eventually(lambda: tenant.states(webhook_id) == ["delivered"])
    assert [json.loads(taken.body)["data"]["sku"] for taken in receiver.taken["/hook"]] == ["TEA-1"]


def test_while_one_secret_replaces_another_either_will_do(
    kafka: str, tenant: Tenant, receiver: Receiver
) -> None:
    webhook_id, old = tenant.webhook(receiver.at("/hook"))
    _, new = tenant.on_store(lambda store: store.rotate(tenant.caller, webhook_id))
    publish(kafka, [tenant.alert()])
    eventually(lambda: len(receiver.taken["/hook"]) == 1)
    (taken,) = receiver.taken["/hook"]
    assert len(taken.headers["webhook-signature"].split()) == 2
    for secret in (old, new):
        Webhook(secret).verify(taken.body, dict(taken.headers))


def test_a_test_message_arrives_and_can_be_had_again(tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, secret = tenant.webhook(receiver.at("/hook"))
    sent = tenant.on_log(lambda log: log.test(tenant.caller, webhook_id))
    eventually(lambda: tenant.states(webhook_id) == ["delivered"])
    tenant.on_log(lambda log: log.redeliver(tenant.caller, webhook_id, sent.message.message_id))
    eventually(lambda: tenant.states(webhook_id) == ["delivered", "delivered"])
    first, again = receiver.taken["/hook"]
    assert Webhook(secret).verify(first.body, dict(first.headers))["type"] == "webhook.test"
    assert (again.message_id, again.body) == (first.message_id, first.body)


def test_what_comes_while_it_is_paused_waits(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/paused"))
    other, _ = tenant.webhook(receiver.at("/other"))
    tenant.on_store(lambda store: store.pause(tenant.caller, webhook_id))
    skus = [f"TEA-{number}" for number in range(3)]
    publish(kafka, [tenant.alert(sku) for sku in skus])
    eventually(lambda: tenant.states(other) == ["delivered"] * 3)
    assert tenant.states(webhook_id) == ["waiting"] * 3
    assert receiver.taken["/paused"] == []
    tenant.on_store(lambda store: store.resume(tenant.caller, webhook_id))
    eventually(lambda: tenant.states(webhook_id) == ["delivered"] * 3)


def test_tries_are_counted_for_prometheus(kafka: str, redis: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/hook", answer(500), answer()))
    with Redis.from_url(redis, decode_responses=True) as counts:
        before = counts.hgetall(WEBHOOK_TRIES)
        publish(kafka, [tenant.alert()])
        eventually(lambda: tenant.states(webhook_id) == ["delivered"])

        def counted(outcome: str) -> int:
            return int(counts.hget(WEBHOOK_TRIES, outcome) or 0) - int(before.get(outcome, 0))

        eventually(lambda: counted("delivered") >= 1 and counted("retried") >= 1)
        assert float(counts.get(WEBHOOK_OLDEST_WAITING) or -1) >= 0


def test_nothing_goes_to_a_webhook_that_was_deleted(kafka: str, tenant: Tenant, receiver: Receiver) -> None:
    webhook_id, _ = tenant.webhook(receiver.at("/deleted"))
    other, _ = tenant.webhook(receiver.at("/other"))
    tenant.on_store(lambda store: store.delete(tenant.caller, webhook_id))
    publish(kafka, [tenant.alert()])
    eventually(lambda: tenant.states(other) == ["delivered"])
    assert receiver.taken["/deleted"] == []
