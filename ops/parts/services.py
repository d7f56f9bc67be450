"""Aurora's own Python processes: the API and the feature writers."""

import sys

import httpx

from ops.parts import kafka, redis
from ops.parts.part import HealthCheck, Part, Unhealthy, checked, nothing
from ops.settings import StackSettings

API = "api"
ONLINE_WRITER = "feature-writer-online"
OFFLINE_WRITER = "feature-writer-offline"


def api(settings: StackSettings) -> Part:
    """The public API. It refuses to start, with exit code 1, where the preflight fails."""
    return Part(
        name=API,
        command=checked(sys.executable, "-m", "api"),
        needs=(kafka.NAME, redis.NAME),
        check=lambda: _check_api(settings.api_url),
    )


def feature_writers(settings: StackSettings) -> list[Part]:
    """From the predictions topic to the online store, and to the offline source's files."""
    return [
        _writer(ONLINE_WRITER, "online", (kafka.NAME, redis.NAME)),
        _writer(OFFLINE_WRITER, "offline", (kafka.NAME,)),
    ]


def _writer(name: str, mode: str, needs: tuple[str, ...]) -> Part:
    # it serves no port: it is well while it runs, since it exits when it cannot work
    check: HealthCheck = nothing
    command = (sys.executable, "-m", "feature_writer", mode)
    return Part(name=name, command=command, needs=needs, check=check)


def _check_api(url: str) -> None:
    try:
        httpx.get(f"{url}/v1/status", timeout=3).raise_for_status()
    except httpx.HTTPError as error:
        raise Unhealthy(f"no good answer of /v1/status: {error}") from error
