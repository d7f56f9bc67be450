"""The learning loop in the running job: what it learns is what a back-test learns, and what it learned it serves."""

import json
import time
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from confluent_kafka import Producer
from service.jobs.shop_log import SKUS, Backtest, shop_log
from service.jobs.tenant_log import (
    REFRESH,
    Record,
    TenantLog,
    eventually,
    models_of,
    read_all,
    tenant_due_in,
)

from jobs.learner_function import settled_grid
from ops.stack import Stack
from schemas import topics
from schemas.encoding import encoder
from schemas.model_keys import newest_key, pinned_key
from udfs.combined import MINUTE_MS
from udfs.risk import forecast
from udfs.risk_parameters import FAMILY, RiskParameters
from udfs.sku_state import SkuState
from udfs.snapshots import HORIZON_STEPS

pytestmark = pytest.mark.service

DAYS = 42
DAYS_AGO = DAYS + 3
"""So long ago that all of the log is history when it is sent, and no SKU's time passes before its events are read."""

LEARNS_AFTER = timedelta(seconds=75)
"""Enough to read the log, and for each SKU to be looked at once after it."""
REFRESH_MS = REFRESH // timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.timeout(300)
def test_stream_and_backtest_agree(risk_job: Stack) -> None:
    """The same log through the job and through the back-test.

    Stock is equal; velocity and probability are within 1e-9 of what the back-test's states say at the same moment; the
    learned parameters and their scores within 1e-6, from equally many labels. What differs at all is the order in which
    floating-point numbers are summed.
    """
    kafka = risk_job.settings.kafka_bootstrap
    tenant = tenant_due_in(kafka, LEARNS_AFTER)
    now_ms = time.time_ns() // 1_000_000
    log = shop_log(tenant, now_ms // MINUTE_MS - DAYS_AGO * 1440, DAYS, seed=5)
    backtest = Backtest(tenant, log)
    tenant.send(log)
    stock = {sku: state.ledger.stock for sku, state in backtest.states.items()}
    eventually(lambda: {sku: each["stock"] for sku, each in tenant.predictions().items()} == stock)
    for sku, said in tenant.predictions().items():
        assert said["model_version"] == FAMILY
        assert_said(said, backtest.states[sku], RiskParameters())

    # a living feed: each SKU's time passes when it is looked at next, and all that is due becomes labels
    tenant.send([tenant.event("stock.counted", "LIVE", 1)])
    eventually(lambda: models_of(kafka, tenant) != [], within=LEARNS_AFTER + REFRESH)
    published = models_of(kafka, tenant)[0]
    backtest.advance(settled_grid(milliseconds(published["created_at"]), REFRESH_MS) + HORIZON_STEPS)
    learned = backtest.learner.at_last()
    assert learned is not None
    assert published["labels"] == learned.labels > 1_000
    assert milliseconds(published["data_from"]) == learned.data_from_ms
    assert milliseconds(published["data_to"]) == learned.data_to_ms
    assert published["scores"] == pytest.approx(learned.scores, abs=1e-6)
    assert_parameters(json.loads(published["parameters"]), json.loads(learned.parameters))

    # and each SKU is then told by what was learned
    version = published["model_version"]
    eventually(
        lambda: all(tenant.predictions()[sku]["model_version"] == version for sku in SKUS), within=2 * REFRESH
    )
    parameters = RiskParameters.from_json(published["parameters"], version)
    for sku in SKUS:
        assert_said(tenant.predictions()[sku], backtest.states[sku], parameters)


def assert_said(said: Record, state: SkuState, parameters: RiskParameters) -> None:
    """A prediction is what the state and the parameters give at its moment."""
    expected = forecast(
        state.ledger.stock,
        state.demand,
        state.inbound.outstanding,
        milliseconds(said["updated_at"]),
        parameters,
    )
    assert said["stock"] == state.ledger.stock
    assert said["probability"] == pytest.approx(expected.probability, abs=1e-9)
    assert said["velocity"] == pytest.approx(expected.velocity, abs=1e-9)


def assert_parameters(found: Record, expected: Record) -> None:
    """All numbers are within 1e-6."""
    assert found.keys() == expected.keys()
    assert found["family"] == expected["family"]
    assert found["priors"] == pytest.approx(expected["priors"], abs=1e-6)
    assert found["level"] == pytest.approx(expected["level"], abs=1e-6)
    assert found["levels"] == pytest.approx(expected["levels"], abs=1e-6)
    assert found["weights"] == pytest.approx(expected["weights"], abs=1e-6)
    assert found["profile"] == pytest.approx(expected["profile"], abs=1e-6)
    for name, value in expected["calibration"].items():
        assert found["calibration"][name] == pytest.approx(value, abs=1e-6)


def update(tenant: TenantLog, name: str, parameters: str) -> bytes:
    """A message of the topic models."""
    return encoder(topics.MODELS.schema)(
        {
            "tenant_id": str(tenant.tenant_id),
            "model_version": name,
            "created_at": 0,
            "data_from": 0,
            "data_to": 0,
            "parameters": parameters,
            "parameters_digest": sha256(parameters.encode()).hexdigest(),
            "scores": {},
        }
    )


@pytest.mark.timeout(300)
def test_a_pinned_version_is_served_while_it_stands(risk_job: Stack, tenant: TenantLog) -> None:
    producer = Producer({"bootstrap.servers": risk_job.settings.kafka_bootstrap})
    newest, pinned = newest_key(str(tenant.tenant_id)), pinned_key(str(tenant.tenant_id))

    def publish(key: bytes, value: bytes | None) -> None:
        producer.produce(topics.MODELS.name, value, key)
        assert producer.flush(30) == 0

    def serves(version: str) -> bool:
        tenant.send([tenant.event("stock.counted", "S", 5)])
        return bool(tenant.predictions().get("S", {}).get("model_version") == version)

    eventually(lambda: serves(FAMILY))
    parameters = RiskParameters().to_json()
    publish(newest, update(tenant, "nb-2.8-88888a", parameters))
    eventually(lambda: serves("nb-2.8-88888a"))
    publish(pinned, update(tenant, "nb-2.7-77777a", parameters))
    eventually(lambda: serves("nb-2.7-77777a"))
    publish(newest, update(tenant, "nb-2.9-99999a", parameters))
    # what cannot be read is set aside, and what served before goes on
    publish(pinned, b"nonsense of " + pinned)
    publish(pinned, update(tenant, "nb-3.1-11111a", '{"family":"nb-3"}'))

    def reasons() -> list[str]:
        """Of this tenant's dead letters, by place: the feature writer reads the topic too, and may have set one aside."""
        found = read_all(risk_job.settings.kafka_bootstrap, topics.DEAD_LETTERS)
        ours = {
            each["offset"]: each["reason"]
            for each in found
            if each["topic"] == topics.MODELS.name and pinned[:36] in each["value"]
        }
        return [ours[offset] for offset in sorted(ours)]

    eventually(lambda: len(reasons()) == 2)
    assert reasons() == ["malformed", "invalid"]
    assert serves("nb-2.7-77777a")
    publish(pinned, None)
    eventually(lambda: serves("nb-2.9-99999a"))
