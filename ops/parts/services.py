"""Aurora's own Python processes: the API, the feature writers and the delivery."""

import sys

import httpx
from redis import Redis, RedisError

from ops.parts import kafka, redis
from ops.parts.part import IN_THE_BACKGROUND, Part, Unhealthy, checked, nothing
from ops.settings import StackSettings
from schemas import online_store

API = "api"
ONLINE_WRITER = "feature-writer-online"
OFFLINE_WRITER = "feature-writer-offline"
DELIVERY = "delivery"

OPTIMIZED = {"PYTHONOPTIMIZE": "2"}
"""Feast weaves checks of types into its classes when it is imported, but not so: it is there after 3 s instead of 6. No
docstrings are 9 MB less. `ops/bootstrap.sh` compiles for it."""

API_ENVIRONMENT = {**OPTIMIZED, "MALLOC_ARENA_MAX": "1"}
"""Each of its 40 threads would get a heap of its own, and what one gives back no other can take: 20 to 40 MB."""


def api(settings: StackSettings) -> Part:
    """The public API. It refuses to start, with exit code 1, where the preflight fails."""
    return Part(
        name=API,
        command=checked("api"),
        environment=API_ENVIRONMENT,
        needs=(kafka.NAME, redis.NAME),
        check=lambda: _check_api(settings.api_url),
    )


def feature_writers(settings: StackSettings) -> list[Part]:
    """From the predictions topic to the online store, and to the offline source's files."""
    command = (sys.executable, "-m", "feature_writer")
    return [
        Part(
            name=ONLINE_WRITER,
            nice=IN_THE_BACKGROUND,
            command=(*command, "online"),
            environment=OPTIMIZED,
            needs=(kafka.NAME, redis.NAME),
            check=lambda: _check_online_store(settings.redis_url),
        ),
        # it serves nobody, and exits where it cannot work: it is well while it runs
        Part(
            name=OFFLINE_WRITER,
            nice=IN_THE_BACKGROUND,
            command=(*command, "offline"),
            environment=OPTIMIZED,
            needs=(kafka.NAME,),
            check=nothing,
        ),
    ]


def delivery(settings: StackSettings) -> Part:
    """From alerts to those who asked to be told. It waits for what does not answer, and is well while it runs."""
    return Part(
        name=DELIVERY,
        nice=IN_THE_BACKGROUND,
        command=(sys.executable, "-m", "delivery"),
        needs=(kafka.NAME, redis.NAME),
        check=nothing,
    )


def _check_api(url: str) -> None:
    try:
        httpx.get(f"{url}/v1/status", timeout=3).raise_for_status()
    except httpx.HTTPError as error:
        raise Unhealthy(f"no good answer of /v1/status: {error}") from error


def _check_online_store(url: str) -> None:
    try:
        with Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3) as client:
            complete = client.exists(online_store.COMPLETE)
    except RedisError as error:
        raise Unhealthy(f"Redis does not answer: {error}") from error
    if not complete:
        raise Unhealthy("the online store does not hold every prediction yet")
