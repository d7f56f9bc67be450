"""Log lines of the Python operators, which come out with those of their TaskManager."""

import logging
import sys

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def operator_log(name: str) -> logging.Logger:
    """The logger ``aurora.`` and a name, from INFO on. The interpreter that Flink embeds has none set up.

    It writes to standard output, which Flink hands to the JVM's. The JVM's own loggers take any number of arguments, and
    such a call from Python brings the JVM down (pemja 0.5).
    """
    ours = logging.getLogger("aurora")
    if not ours.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter(_FORMAT))
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
        ours.propagate = False
    return ours.getChild(name)
