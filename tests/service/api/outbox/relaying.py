"""A relay as a process of its own, which can be told to die at the worst moments.

``python -m service.api.outbox.relaying KAFKA DATABASE INSTANCE [read|written|committed]``
"""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

from api.database import Database
from api.ingest import transactions
from api.ingest.transactions import Batch, TransactionWriter, Unwritten
from api.outbox.relay import Relay
from api.settings import Settings

KEY = SecretStr(base64.b64encode(bytes(32)).decode())


def settings_for(kafka: str, database_url: str, instance: str) -> Settings:
    """Settings of a process that has a relay."""
    return Settings(
        kafka_bootstrap=kafka, database_url=database_url, instance=instance, encryption_key=KEY, pii_key=KEY
    )


def die() -> None:
    """As by ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_when(moment: str) -> None:
    """Die with rows read and nothing written, with all records at Kafka uncommitted, or committed and not removed."""
    write, produce = TransactionWriter.write, transactions._produce

    def die_unwritten(_writer: TransactionWriter, _group: Sequence[Batch]) -> Any:
        die()

    def produce_and_die(producer: Any, batch: Batch) -> None:
        produce(producer, batch)
        assert producer.flush(10) == 0
        die()

    def write_and_die(writer: TransactionWriter, group: Sequence[Batch]) -> list[Unwritten | None]:
        assert write(writer, group) == [None] * len(group)
        die()
        return []

    match moment:
        case "read":
            TransactionWriter.write = die_unwritten  # type: ignore[assignment, method-assign] # for this process only
        case "written":
            transactions._produce = produce_and_die
        case "committed":
            TransactionWriter.write = write_and_die  # type: ignore[assignment, method-assign] # for this process only


async def relay(settings: Settings) -> None:
    """Publish until the process ends."""
    await Relay(Database(settings.database_url), settings).open()
    await asyncio.Event().wait()


def main() -> None:
    kafka, database_url, instance, *moments = sys.argv[1:]
    for moment in moments:
        die_when(moment)
    asyncio.run(relay(settings_for(kafka, database_url, instance)))


if __name__ == "__main__":
    main()
