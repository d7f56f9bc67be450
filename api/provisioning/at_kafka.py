"""Blocking work at Kafka beside the event loop, its failure as that of a step."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from api.provisioning.steps import StepFailed
from api.topics import TopicsUnavailable

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


async def at_kafka(
    work: Callable[Parameters, Answer], *parameters: Parameters.args, **named: Parameters.kwargs
) -> Answer:
    """What ``work`` gives. Raises `StepFailed` where Kafka does not answer, or refuses."""
    try:
        return await asyncio.to_thread(work, *parameters, **named)
    except TopicsUnavailable as error:
        raise StepFailed(f"Kafka: {error}") from error
