"""A gateway as a process of its own, which can be told to die at the worst moments.

``python -m service.api.ingest.server PORT KAFKA INSTANCE [written|committed]``
"""

import os
import signal
import sys
from typing import Any

import uvicorn
from service.api.ingest.gateway_app import gateway_app, settings_for

from api.ingest import transactions
from api.ingest.event_log import Entry, EventLog
from api.ingest.transactions import Batch, TransactionWriter


def die() -> None:
    """As by ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_when(moment: str) -> None:
    """Die once all messages of a transaction are with Kafka, or once they are committed; in both cases unanswered."""
    match moment:
        case "written":
            produce = transactions._produce

            def produce_and_die(producer: Any, batch: Batch) -> None:
                produce(producer, batch)
                assert producer.flush(10) == 0
                die()

            transactions._produce = produce_and_die
        case "committed":
            written = EventLog.written

            async def written_and_die(log: EventLog, entry: Entry) -> None:
                await written(log, entry)
                die()

            EventLog.written = written_and_die  # type: ignore[assignment, method-assign] # for this process only


def main() -> None:
    port, kafka, instance, *moments = sys.argv[1:]
    for moment in moments:
        die_when(moment)
    uvicorn.run(gateway_app(settings_for(kafka, instance)), port=int(port), log_config=None, http="httptools")


if __name__ == "__main__":
    main()
