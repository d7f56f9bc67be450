"""All parts of a stack."""

from ops.parts.flink import jobmanager, taskmanagers
from ops.parts.guard import guard
from ops.parts.job import job
from ops.parts.kafka import kafka
from ops.parts.part import Part
from ops.parts.redis import redis
from ops.parts.sandbox import sandbox
from ops.parts.services import api, delivery, feature_writers
from ops.settings import StackSettings


def parts_of(settings: StackSettings) -> list[Part]:
    """The parts of the stack with these settings, each after what it needs."""
    owned = [] if settings.owner_pid is None else [guard(settings.owner_pid)]
    return [
        *owned,
        kafka(settings),
        redis(settings),
        jobmanager(settings),
        *taskmanagers(settings),
        job(settings),
        *feature_writers(settings),
        api(settings),
        delivery(settings),
        sandbox(settings),
    ]
