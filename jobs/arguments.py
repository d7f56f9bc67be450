"""What a submission may set, given on the command line of ``flink run``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from udfs import sku_state


@dataclass(frozen=True, slots=True)
class Arguments:
    """The settings of one submission of ``stock_risk``."""

    kafka: str
    """Bootstrap servers."""
    window: timedelta
    """How long arriving events of a key are gathered into one row for Python: the main part of an answer's delay.

    A quarter of it where no more than a few hundred keys wait.
    """
    refresh: timedelta
    """A key that no event touches is looked at again after this, so that its risk follows the clock."""
    learn_every: timedelta
    """How often a tenant's learner takes in the labels that came since."""
    discovery: timedelta
    """How often the source looks for topics of new tenants."""
    transaction_timeout: timedelta
    """Kafka aborts an alert transaction after this; longer than the longest outage to survive, under the broker's limit."""
    state_version: int
    """The layout in which the states of SKUs are written; an older one before going back to the release that knows no newer."""
    parallelism: int | None
    """Slots to use; ``None`` leaves it to the cluster's default."""


def parse(argv: Sequence[str] | None = None) -> Arguments:
    """Arguments from the command line. Exits with a readable line and code 2 where one is wrong."""
    parser = argparse.ArgumentParser(prog="stock_risk", description="Submit the stock-out risk job.")
    parser.add_argument("--kafka", default="127.0.0.1:19092", metavar="HOST:PORT")
    parser.add_argument("--window", type=_seconds, default=timedelta(seconds=2), metavar="SECONDS")
    parser.add_argument("--refresh", type=_seconds, default=timedelta(minutes=15), metavar="SECONDS")
    parser.add_argument("--learn-every", type=_seconds, default=timedelta(minutes=1), metavar="SECONDS")
    parser.add_argument("--discovery", type=_seconds, default=timedelta(seconds=2), metavar="SECONDS")
    parser.add_argument(
        "--transaction-timeout", type=_seconds, default=timedelta(minutes=15), metavar="SECONDS"
    )
    parser.add_argument(
        "--state-version", type=int, choices=sku_state.WRITTEN, default=sku_state.VERSION, metavar="NUMBER"
    )
    parser.add_argument("--parallelism", type=_slots, default=None, metavar="SLOTS")
    return Arguments(**vars(parser.parse_args(argv)))


def _seconds(text: str) -> timedelta:
    try:
        value = timedelta(seconds=float(text))
    except OverflowError:
        raise argparse.ArgumentTypeError("is too long") from None
    if value < timedelta(milliseconds=1):
        raise argparse.ArgumentTypeError("must be 0.001 seconds or more")
    return value


def _slots(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value
