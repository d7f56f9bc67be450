"""``python -m feature_writer online`` and ``python -m feature_writer offline``: run until SIGTERM or SIGINT."""

import gc
import signal
import sys
from threading import Event

import click
from confluent_kafka import KafkaException
from pydantic import ValidationError

from api.logs import configure_logs
from feature_writer import offline
from feature_writer.batches import SERVED
from feature_writer.consuming import consumer, partitions
from feature_writer.dead_letters import DeadLetters
from feature_writer.settings import Settings


@click.group(help=__doc__)
@click.pass_context
def main(context: click.Context) -> None:
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise click.ClickException(
            f"AURORA_{'_'.join(map(str, first['loc'])).upper()}: {first['msg']}"
        ) from None
    configure_logs(settings.log_level)
    context.obj = settings


@main.command("online", help="Keep the Feast online store and its index up to date.")
@click.pass_obj
def run_online(settings: Settings) -> None:
    # not at the top: they import Feast, which the other command does without
    from feast.errors import FeatureViewNotFoundException

    from feature_writer import online
    from feature_writer.online_store import OnlineStore

    stop = _told_to_stop()
    source = consumer(settings, online.GROUP)
    needed = [(topic, number) for topic in SERVED for number in range(partitions(source, topic, stop))]
    if stop.is_set():
        return
    try:
        store = OnlineStore(settings, needed)
    except FeatureViewNotFoundException:
        raise click.ClickException(
            f"No feature view in {settings.feast_registry}; run feast apply first."
        ) from None
    # Feast loads some hundred thousand objects that stay; looking through them over and over costs a third of the pace
    gc.collect()
    gc.freeze()
    online.OnlineWriter(source, store, DeadLetters(settings), settings, stop).run()
    store.close()


@main.command("offline", help="Keep the offline store's Parquet files up to date.")
@click.pass_obj
def run_offline(settings: Settings) -> None:
    offline.OfflineWriter(consumer(settings, offline.GROUP), settings, _told_to_stop()).run()


def _told_to_stop() -> Event:
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    try:
        main()
    except (KafkaException, OSError) as error:
        sys.exit(f"Error: {error}")
