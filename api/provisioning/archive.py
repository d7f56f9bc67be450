"""All that is a tenant's, as a zip of JSON and CSV: what was set, what was foretold, and which alerts there were."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from redis.asyncio import Redis
from sqlalchemy import Column, ColumnElement, Table, literal, select, tuple_

from api.alerts.risk_store import RiskStore
from api.database import Database
from api.every_table import Base
from api.provisioning.exported_tables import EXPORTED
from api.provisioning.known_tenants import KnownTenant
from api.provisioning.tenant_records import pages
from api.provisioning.tenant_rows import of_tenant
from api.provisioning.zip_stream import CHUNK_BYTES, Member, zipped
from api.settings import Settings
from api.suppressions.suppression_store import SuppressionStore
from schemas import online_store, topics
from schemas.encoding import decoder

ROWS_AT_ONCE = 2_000
SKUS_AT_ONCE = 64

Item = TypeVar("Item")
_lines = msgspec.json.Encoder(decimal_format="number").encode_lines


class Archives:
    """Makes archives of tenants, from the parts that the API has open."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        risk_store: RiskStore,
        suppression_store: SuppressionStore,
        settings: Settings,
    ) -> None:
        self._database = database
        self._redis = redis
        self._risk_store = risk_store
        self._suppression_store = suppression_store
        self._kafka = settings.kafka_bootstrap

    def of(self, known: KnownTenant) -> AsyncIterator[bytes]:
        """The archive's bytes, made as they are asked for."""
        return zipped(self._members(known))

    async def _members(self, known: KnownTenant) -> AsyncIterator[Member]:
        tenant_id = known.tenant.tenant_id
        yield Member("tenant.json", _once(msgspec.json.encode(known.tenant)))
        for name, columns in EXPORTED.items():
            rows = self._rows(Base.metadata.tables[name], columns, tenant_id)
            yield Member(f"{name}.ndjson", rows)
        yield Member("suppressions.csv", self._suppressions(tenant_id))
        yield Member("predictions.ndjson", self._predictions(tenant_id))
        yield Member("alerts.ndjson", self._alerts(tenant_id))

    async def _rows(self, table: Table, columns: Sequence[str], tenant_id: UUID) -> AsyncIterator[bytes]:
        owned = of_tenant(table, tenant_id)
        assert owned is not None, "only tenants' tables are exported"
        # from key to key, so that no transaction lasts as long as a slow reader
        keys = [*table.primary_key.columns]
        wanted = select(table).where(owned).order_by(*keys).limit(ROWS_AT_ONCE)
        last: Sequence[Any] | None = None
        while True:
            statement = wanted if last is None else wanted.where(_after(keys, last))
            async with self._database.transaction() as session:
                rows = (await session.execute(statement)).mappings().all()
            if not rows:
                return
            yield _lines([{column: row[column] for column in columns} for row in rows])
            last = [rows[-1][key.name] for key in keys]

    async def _suppressions(self, tenant_id: UUID) -> AsyncIterator[bytes]:
        """As ``GET /v1/suppressions`` gives it, and ``PUT`` takes it again."""
        _, file = await self._suppression_store.export(tenant_id)
        with file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    async def _predictions(self, tenant_id: UUID) -> AsyncIterator[bytes]:
        """As they are served, and so none that was hidden."""
        prefix = online_store.warehouses(str(tenant_id), "")
        skus: list[str] = []
        async for name in self._redis.scan_iter(match=f"{prefix}*", count=1_000):
            skus.append(name.decode().removeprefix(prefix))
        for some in _batches(sorted(set(skus)), SKUS_AT_ONCE):
            readings = await asyncio.gather(*(self._risk_store.of_sku(tenant_id, sku) for sku in some))
            yield _lines([each for reading in readings for each in reading.predictions])

    async def _alerts(self, tenant_id: UUID) -> AsyncIterator[bytes]:
        decode = decoder(topics.ALERTS.schema)
        found = pages(self._kafka, topics.ALERTS, tenant_id)
        while (page := await asyncio.to_thread(next, found, None)) is not None:
            yield _lines([decode(message.value()) for message in page])


def _after(keys: Sequence[Column[Any]], last: Sequence[Any]) -> ColumnElement[bool]:
    return tuple_(*keys) > tuple_(*(literal(value, key.type) for key, value in zip(keys, last, strict=True)))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    remaining = iter(items)
    while some := list(islice(remaining, size)):
        yield some
