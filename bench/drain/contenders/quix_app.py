"""Quix Streams on its defaults: RocksDB, and a changelog topic that it could restore from."""

import sys

from quixstreams import Application, State

from bench.drain.contenders.shelf import Change, Shelf, Tally, after, reader


def main(kafka: str, topic: str, folder: str) -> None:
    """Read until told to stop."""
    read, tally = reader(), Tally()
    application = Application(
        broker_address=kafka, consumer_group="quix", auto_offset_reset="earliest", state_dir=folder
    )

    def step(change: Change, state: State) -> None:
        found = state.get("shelf")
        state.set("shelf", list(after(Shelf(*found) if found else None, change)))  # kept as JSON
        tally.add(1)

    orders = application.topic(topic, value_deserializer="bytes", key_deserializer="bytes")
    application.dataframe(orders).apply(read).apply(step, stateful=True)
    application.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
