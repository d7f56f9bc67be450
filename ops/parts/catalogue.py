"""All parts of a stack."""

from ops.parts.guard import guard
from ops.parts.kafka import kafka
from ops.parts.part import Part
from ops.parts.redis import redis
from ops.settings import StackSettings


def parts_of(settings: StackSettings) -> list[Part]:
    """The parts of the stack with these settings, each after what it needs."""
    owned = [] if settings.owner_pid is None else [guard(settings.owner_pid)]
    return [*owned, kafka(settings), redis(settings)]
