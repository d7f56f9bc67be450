"""Starts the API: ``python -m api``. Every setting comes from the environment, see `api.settings`."""

import asyncio
import contextlib
import sys

from pydantic import ValidationError

from api.logs import configure_logs
from api.server import server
from api.settings import Settings
from api.startup import missing


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
    # Ctrl-C has ended the server in good order by the time it comes here
    with contextlib.suppress(KeyboardInterrupt):
        server(settings).run()


def _wrong_settings(error: ValidationError) -> str:
    wrong = [f"AURORA_{str(each['loc'][0]).upper()} {each['msg'].lower()}" for each in error.errors()]
    return "; ".join(wrong)


if __name__ == "__main__":
    main()
