"""Keeps the sandbox going: ``python -m ops.sandbox``. A reset at midnight, UTC, and every minute what happened in it."""

import time
from datetime import datetime, timedelta

import structlog

from api.clock import utc_now
from api.logs import configure_logs
from api.sandbox.sandbox_store import Sandbox
from ops.commands.expected_errors import EXPECTED, message
from ops.sandbox.day import catch_up, current, history, midnight, reset
from ops.sandbox.shop import MINUTE, Shop
from ops.settings import StackSettings

RETRY_S = 5.0

log = structlog.get_logger(__name__)


class Keeper:
    """The sandbox of now and the shop behind it."""

    def __init__(self, settings: StackSettings) -> None:
        self._settings = settings
        self._shop: Shop | None = None
        self._sandbox: Sandbox | None = None

    def step(self, now: datetime) -> None:
        """Bring the sandbox up to a time: make it anew if that is due, and send what happened by then."""
        # the command may have made another
        found = current(self._settings)
        if found is None or found.opened_at < midnight(now) or found.public_from is None:
            found = reset(
                self._settings, midnight(now) if found is None else max(midnight(now), found.opened_at)
            )
            log.info("sandbox made anew", tenant_id=str(found.tenant_id))
        if self._sandbox is None or self._sandbox.tenant_id != found.tenant_id or self._shop is None:
            self._shop = shop_of(found)
        self._sandbox = catch_up(self._settings, found, self._shop, now)


def shop_of(sandbox: Sandbox) -> Shop:
    """The shop as it opens; the day's date is its seed."""
    return Shop(history(sandbox.opened_at), sandbox.opened_at, seed=int(f"{sandbox.opened_at:%Y%m%d}"))


def main() -> None:
    """Run until a signal ends it."""
    configure_logs("INFO")
    keeper = Keeper(StackSettings())
    while True:
        try:
            keeper.step(utc_now())
        except (*EXPECTED, OSError) as error:
            log.warning("sandbox not kept", reason=message(error))
            time.sleep(RETRY_S)
        else:
            time.sleep(_until_next(utc_now()) / timedelta(seconds=1))


def _until_next(now: datetime) -> timedelta:
    return MINUTE - timedelta(seconds=now.second, microseconds=now.microsecond)


if __name__ == "__main__":
    main()
