"""Rows that the writer puts into a real Redis by itself, beside the same ones written by Feast."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_records import NOON_MS, prediction
from redis import Redis

import feature_repo
from feature_writer.feast_layout import row_key
from feature_writer.feast_rows import entity_key, feast_row
from feature_writer.predictions import key
from feature_writer.risk_rows import RiskRows
from feature_writer.settings import Settings
from schemas.encoding import Record

pytestmark = pytest.mark.service


@dataclass
class BothWays:
    """One Redis, written by Feast for one tenant and by the writer for another."""

    settings: Settings

    def __post_init__(self) -> None:
        url = self.settings.redis_url.removesuffix("/0") + "/2"
        config = feature_repo.config(self.settings.feature_repo, url, self.settings.feast_registry)
        store, self.view = feature_repo.open_store(config)
        self.config = config
        self.feast = store._get_provider()
        self.redis: Redis = Redis.from_url(url)
        self.rows = RiskRows(self.redis, config.project)

    def row(self, record: Record) -> dict[bytes, bytes]:
        """As it is stored."""
        return self.redis.hgetall(row_key(key(record), self.config.project.encode()))  # type: ignore[arg-type, return-value]  # bytes are fine, and it is not awaitable


@pytest.fixture(scope="module")
def both_ways(writer_settings: Settings) -> Iterator[BothWays]:
    both = BothWays(writer_settings)
    yield both
    both.redis.close()


@given(
    times=st.lists(
        st.lists(st.integers(NOON_MS, NOON_MS + 2_000), min_size=1, max_size=3, unique=True), min_size=1
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_in_whatever_order_the_rows_are_those_of_feast(
    both_ways: BothWays, times: list[list[int]]
) -> None:
    by_feast, by_us = str(uuid4()), str(uuid4())
    for of_batch in times:
        batches = {
            tenant: [
                prediction(tenant_id=tenant, sku=f"SKU-{number}", stock=at - NOON_MS, updated_at=at)
                for number, at in enumerate(of_batch)
            ]
            for tenant in (by_feast, by_us)
        }
        rows = [*map(feast_row, batches[by_feast])]
        both_ways.feast.online_write_batch(both_ways.config, both_ways.view, rows, None)
        both_ways.rows.write(batches[by_us])
        for theirs, ours in zip(batches[by_feast], batches[by_us], strict=True):
            assert both_ways.row(ours) == both_ways.row(theirs) != {}


def test_feast_reads_what_the_writer_wrote(both_ways: BothWays) -> None:
    written = prediction(tenant_id=str(uuid4()), stock=-7, predicted_oos_at=None)
    both_ways.rows.write([written])
    ((at, values),) = both_ways.feast.online_read(
        both_ways.config, both_ways.view, [entity_key(key(written))]
    )
    assert at is not None and round(at.timestamp() * 1000) == written["updated_at"]
    assert values is not None and values["stock"].int64_val == -7
    assert values["predicted_oos_at"].WhichOneof("val") is None
    assert values["velocity"].double_val == written["velocity"]
