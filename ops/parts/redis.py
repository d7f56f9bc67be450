"""Redis, which holds the online feature store."""

import shutil

from redis import Redis, RedisError

from ops.parts.part import MissingProgram, Part, Unhealthy
from ops.settings import StackSettings

NAME = "redis"


def redis(settings: StackSettings) -> Part:
    """The server in the foreground; every write is appended to a file and synced each second."""
    folder = settings.folder / "redis"

    def prepare() -> None:
        if shutil.which("redis-server") is None:
            raise MissingProgram("redis-server is missing; run `make setup`.")
        folder.mkdir(parents=True, exist_ok=True)

    return Part(
        name=NAME,
        command=(
            *("redis-server", "--bind", "127.0.0.1", "--port", str(settings.redis_port)),
            *("--daemonize", "no", "--dir", str(folder), "--appendonly", "yes", "--save", ""),
            # a title of its own would overwrite the environment by which ops.leftovers knows the process
            *("--set-proc-title", "no"),
        ),
        check=lambda: _check(settings.redis_url),
        prepare=prepare,
    )


def _check(url: str) -> None:
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            client.ping()
    except RedisError as error:
        raise Unhealthy(f"no answer to PING: {error}") from error
