"""``python -m delivery``: delivers until SIGTERM or SIGINT."""

import asyncio
import signal
import sys
from collections.abc import Sequence

import structlog
import uvloop
from pydantic import ValidationError

from api.database import Database
from api.logs import configure_logs
from delivery.digest.worker import send_digests
from delivery.settings import Settings
from delivery.tasks import Parts, Task, run_all
from delivery.webhooks.worker import deliver_webhooks

TASKS: Sequence[Task] = (deliver_webhooks, send_digests)

log = structlog.get_logger()


def main() -> None:
    """Exits with one readable line where a setting is wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        sys.exit(f"Error: AURORA_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']}")
    configure_logs(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_deliver(settings))


async def _deliver(settings: Settings) -> None:
    database = Database(settings.database_url)
    delivering = asyncio.create_task(run_all(TASKS, Parts(settings, database)))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, delivering.cancel)
    log.info("delivering", instance=settings.delivery_instance)
    try:
        await delivering
    except asyncio.CancelledError:
        log.info("told to stop")
    except ExceptionGroup as failures:
        log.critical("a task failed, to be started again", exc_info=failures)
        sys.exit(1)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
