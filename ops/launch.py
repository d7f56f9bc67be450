"""Brings up the whole stack with all that its parts rely on."""

from collections.abc import Callable

from ops.parts import kafka, redis
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack


def launch(stack: Stack, starting: Callable[[str], None]) -> None:
    """Start every part. ``starting`` is called with what is started, or made, next.

    Raises `ops.stack.StackFailure` and what `ops.preparation` raises.
    """
    starting("database and feature registry")
    prepare_files(stack.settings)
    stack.up({kafka.NAME, redis.NAME}, starting)
    # a processor must never be switched on before its topic exists
    starting("topics")
    prepare_topics(stack.settings)
    stack.up(None, starting)
