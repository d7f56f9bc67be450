"""Predictions that a tenant deletes, restores and purges, in a real Redis that the writer's own code has filled."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_records import NOON_MS, prediction
from redis import Redis
from service.features.filled_store import FilledStore

from api.alerts.predictions import OfSku
from api.alerts.risk_reader import RiskReader
from api.settings import Settings
from feature_writer.deletion_changes import DeletionChange
from feature_writer.predictions import Key, key
from schemas import online_store as keys
from schemas.encoding import Record, decoder
from schemas.prediction_deletions import Deletion, State, state_of

pytestmark = pytest.mark.service

SKUS = ("SKU-1", "SKU-2")
WAREHOUSES = ("berlin", "köln")


@pytest.fixture(scope="module")
def reader(filled_store: FilledStore) -> Iterator[RiskReader]:
    stored = filled_store.settings
    reader = RiskReader(
        Settings(
            redis_url=stored.redis_url,
            feature_repo=stored.feature_repo,
            feast_registry=stored.feast_registry,
            encryption_key="",
            pii_key="",
        )
    )
    yield reader
    reader.close()


@dataclass
class Tenant:
    """A tenant in the store, beside what should be in it."""

    store: FilledStore
    reader: RiskReader
    tenant_id: str = field(default_factory=lambda: str(uuid4()))
    now_ms: int = NOON_MS
    newest: dict[Key, Record] = field(default_factory=dict)
    """The oracle: the newest prediction of each key, less what was taken away or purged."""
    deletions: dict[str, Deletion] = field(default_factory=dict)

    def predict(self, sku: str, warehouse: str, has_alert: bool = True) -> Record:
        """A prediction, made a millisecond after the one before."""
        self.now_ms += 1
        made = prediction(
            tenant_id=self.tenant_id,
            sku=sku,
            warehouse=warehouse,
            updated_at=self.now_ms,
            stock=self.now_ms - NOON_MS,
            alert_since=self.now_ms if has_alert else None,
        )
        self.store.put([made])
        if self._state(made) is not State.PURGED:
            self.newest[key(made)] = made
        else:
            self.newest.pop(key(made), None)
        return made

    def delete(self, sku: str | None = None, from_ms: int | None = None, until_ms: int | None = None) -> str:
        """Delete what was made so far, or in a span of time."""
        until_ms = self.now_ms + 1 if until_ms is None else until_ms
        deletion = Deletion(str(uuid4()), sku, None, from_ms, until_ms)
        self._told(deletion)
        return deletion.deletion_id

    def become(self, deletion_id: str, state: State) -> None:
        self._told(replace(self.deletions[deletion_id], state=state))

    def take_away(self, sku: str, warehouse: str) -> None:
        self.store.take_away((self.tenant_id, sku, warehouse))
        self.newest.pop((self.tenant_id, sku, warehouse), None)

    def _told(self, deletion: Deletion) -> None:
        self.deletions[deletion.deletion_id] = deletion
        # twice, as after a crash
        change = DeletionChange(self.tenant_id, deletion.deletion_id, deletion)
        self.store.delete(change)
        self.store.delete(change)
        self.newest = {
            each: record for each, record in self.newest.items() if self._state(record) is not State.PURGED
        }

    def _state(self, record: Record) -> State | None:
        return state_of(self.deletions.values(), record["sku"], record["warehouse"], record["updated_at"])

    def check(self) -> None:
        """The API, Feast and what is kept aside are as they should be."""
        shown = {each: record for each, record in self.newest.items() if self._state(record) is None}
        assert self._of_skus() == {each: record["stock"] for each, record in shown.items()}
        with_alert = {each for each, record in shown.items() if record["alert_since"] is not None}
        assert self._alerts() == with_alert
        assert self._feast_rows() == set(shown)
        hidden = self.store.redis.hkeys(keys.hidden(self.tenant_id))
        assert isinstance(hidden, list)
        expected = [
            keys.alert_member(sku, warehouse) for _, sku, warehouse in self.newest.keys() - shown.keys()
        ]
        assert sorted(hidden) == sorted(expected)

    def _of_skus(self) -> dict[Key, int]:
        readings = self.reader.of_skus([OfSku(UUID(self.tenant_id), sku) for sku in SKUS])
        return {
            (self.tenant_id, row.sku, row.warehouse): row.stock
            for reading in readings
            for row in reading.predictions
        }

    def _alerts(self) -> set[Key]:
        members, rows, _ = self.reader.alerts(UUID(self.tenant_id), None, 0, 100)
        assert [(row.sku, row.warehouse) for row in rows if row] == [
            (one.sku, one.warehouse) for one in members
        ]
        return {(self.tenant_id, row.sku, row.warehouse) for row in rows if row}

    def _feast_rows(self) -> set[Key]:
        """Whose rows Feast finds, for those who do not come by the API."""
        every = [(self.tenant_id, sku, warehouse) for sku in SKUS for warehouse in WAREHOUSES]
        rows = self.reader._feast.get_online_features(
            features=["stock_risk:stock"],
            entity_rows=[dict(zip(("tenant_id", "sku", "warehouse"), each, strict=True)) for each in every],
        ).to_dict()["stock"]
        return {each for each, stock in zip(every, rows, strict=True) if stock is not None}


@pytest.fixture
def tenant(filled_store: FilledStore, reader: RiskReader) -> Tenant:
    return Tenant(filled_store, reader)


def test_what_is_deleted_is_hidden_and_comes_back_as_it_was(tenant: Tenant) -> None:
    tenant.predict("SKU-1", "berlin")
    tenant.predict("SKU-1", "köln", has_alert=False)
    tenant.predict("SKU-2", "berlin")
    deletion = tenant.delete("SKU-1")
    tenant.check()
    assert len(tenant._of_skus()) == 1
    tenant.become(deletion, State.RESTORED)
    tenant.check()
    assert len(tenant._of_skus()) == 3


def test_a_newer_prediction_is_shown_and_stays(tenant: Tenant) -> None:
    tenant.predict("SKU-1", "berlin")
    deletion = tenant.delete()
    newer = tenant.predict("SKU-1", "berlin")
    tenant.check()
    tenant.become(deletion, State.RESTORED)
    tenant.check()
    assert [*tenant._of_skus().values()] == [newer["stock"]]


def test_what_is_purged_comes_back_by_no_message(tenant: Tenant) -> None:
    old = tenant.predict("SKU-1", "berlin")
    deletion = tenant.delete()
    tenant.become(deletion, State.PURGED)
    # as when an emptied store is filled from the topic again
    tenant.store.put([old])
    tenant.check()
    assert tenant._of_skus() == {}


def test_with_a_tenant_what_is_hidden_goes_for_good(tenant: Tenant) -> None:
    tenant.predict("SKU-1", "berlin")
    deletion = tenant.delete()
    tenant.store.delete(DeletionChange(tenant.tenant_id, deletion, None))
    tenant.newest.clear()
    tenant.deletions.clear()
    tenant.check()


def test_one_that_comes_late_replaces_nothing_hidden(tenant: Tenant) -> None:
    late = {**tenant.predict("SKU-1", "berlin"), "updated_at": NOON_MS - 10}
    tenant.delete(from_ms=NOON_MS)
    tenant.store.put([late])
    tenant.check()


def test_the_api_hides_before_the_writer_hears_of_it(tenant: Tenant) -> None:
    made = tenant.predict("SKU-1", "berlin")
    tenant.predict("SKU-2", "berlin")
    deletion = Deletion("d", "SKU-1", None, None, made["updated_at"] + 1)
    tenant.store.redis.hset(keys.deletions(tenant.tenant_id), "d", deletion.text)
    assert {sku for _, sku, _ in tenant._of_skus()} == {"SKU-2"}
    _, rows, _ = tenant.reader.alerts(UUID(tenant.tenant_id), None, 0, 100)
    assert [row and row.sku for row in rows] == ["SKU-2", None]


def test_many_rows_of_a_tenant_and_of_nobody_else(filled_store: FilledStore, reader: RiskReader) -> None:
    mine, other = Tenant(filled_store, reader), Tenant(filled_store, reader)
    rows = [prediction(tenant_id=mine.tenant_id, sku=f"S{number}") for number in range(1_201)]
    filled_store.put(rows)
    other.predict("SKU-1", "berlin")
    deletion = Deletion("d", None, None, None, NOON_MS + 1)
    filled_store.delete(DeletionChange(mine.tenant_id, "d", deletion))
    other.check()
    assert filled_store.redis.hlen(keys.hidden(mine.tenant_id)) == 1_201
    message = _raw(filled_store).hget(keys.hidden(mine.tenant_id), "S7|berlin")
    assert isinstance(message, bytes)
    assert decoder("prediction", "ms")(message) == {**rows[7], "received_at": None}
    filled_store.delete(DeletionChange(mine.tenant_id, "d", replace(deletion, state=State.RESTORED)))
    assert filled_store.redis.zcard(keys.alerts(mine.tenant_id)) == 1_201
    assert filled_store.redis.exists(keys.hidden(mine.tenant_id)) == 0


def _raw(store: FilledStore) -> Redis:
    return Redis.from_url(store.settings.redis_url)


skus, warehouses = st.sampled_from(SKUS), st.sampled_from(WAREHOUSES)
actions = st.one_of(
    st.tuples(st.just("predict"), skus, warehouses),
    st.tuples(st.just("delete"), st.none() | skus, st.integers(0, 3)),
    st.tuples(st.sampled_from(["restore", "purge"]), st.integers(0, 9), st.none()),
    st.tuples(st.just("take away"), skus, warehouses),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(actions, max_size=12))
def test_whatever_happens_each_prediction_is_where_it_belongs(
    filled_store: FilledStore, reader: RiskReader, happened: list[tuple[str, str, str]]
) -> None:
    tenant = Tenant(filled_store, reader)
    for action in happened:
        match action:
            case ("predict", str(sku), str(warehouse)):
                tenant.predict(sku, warehouse, has_alert=tenant.now_ms % 3 > 0)
            case ("delete", sku, int(span)):
                from_ms = tenant.now_ms - span if span else None
                tenant.delete(sku, from_ms, tenant.now_ms + 1 - span // 2)
            case ("take away", str(sku), str(warehouse)):
                tenant.take_away(sku, warehouse)
            case (verb, int(number), None) if tenant.deletions:
                chosen = [*tenant.deletions][number % len(tenant.deletions)]
                if tenant.deletions[chosen].state is State.HIDDEN:
                    tenant.become(chosen, State.RESTORED if verb == "restore" else State.PURGED)
    tenant.check()
