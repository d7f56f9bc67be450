"""Starts the API: ``python -m api``. Every setting comes from the environment, see `api.settings`."""

import asyncio
import sys

import uvicorn
from pydantic import ValidationError

from api.app import create_app
from api.logs import configure_logs
from api.settings import Settings
from api.startup import missing

# as long as the slowest request that is answered at all
SHUTDOWN_SECONDS = 10
# longer than a load balancer keeps an idle connection, so that it never meets one that is being closed
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serve until a signal ends it; exit with one readable line on standard error if something is missing."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"The API cannot start: {_wrong_settings(error)}.")
    lacking = asyncio.run(missing(settings))
    if lacking:
        sys.exit(f"The API cannot start: {'; '.join(lacking)}.")
    configure_logs(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def _wrong_settings(error: ValidationError) -> str:
    wrong = [f"AURORA_{str(each['loc'][0]).upper()} {each['msg'].lower()}" for each in error.errors()]
    return "; ".join(wrong)


if __name__ == "__main__":
    main()
