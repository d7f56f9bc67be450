"""``python -m api`` as a process: it refuses to start with one readable line, logs JSON, and ends in good order."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from service.api.running import Running

from api.settings import Settings
from ops.ports import free_ports

pytestmark = pytest.mark.service

KEY = base64.b64encode(bytes(range(32))).decode()
NOBODY = "127.0.0.1:9"
START_SECONDS = 60.0


def environment(**values: str) -> dict[str, str]:
    """The environment without any setting of the API but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AURORA_")}
    return kept | {f"AURORA_{name.upper()}": value for name, value in values.items()}


def refused(folder: Path, **values: str) -> str:
    """The line with which the API refuses to start."""
    done = subprocess.run(
        [sys.executable, "-m", "api"],
        env=environment(**values),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def settings_of(settings: Settings, port: int) -> dict[str, str]:
    """The environment's values for another process with the same parts."""
    return {
        "port": str(port),
        "instance": f"{settings.instance}-process",
        "kafka_bootstrap": settings.kafka_bootstrap,
        "redis_url": settings.redis_url,
        "flink_url": settings.flink_url,
        "database_url": settings.database_url,
        "feature_repo": str(settings.feature_repo),
        "feast_registry": settings.feast_registry,
        "encryption_key": settings.encryption_key.get_secret_value(),
        "pii_key": settings.pii_key.get_secret_value(),
    }


@dataclass(frozen=True, slots=True)
class Started:
    """The process, and the files that it writes its lines to: a pipe that nobody empties would stop it when it is full."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path


@contextmanager
def process(values: dict[str, str]) -> Iterator[Started]:
    """The API as a process that answers; killed at the end if it has not ended."""
    with TemporaryDirectory() as folder:
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        with output.open("wb") as out, errors.open("wb") as err:
            command = [sys.executable, "-m", "api"]
            started = subprocess.Popen(command, env=environment(**values), stdout=out, stderr=err)
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                assert started.poll() is None, errors.read_text()
                assert time.monotonic() < deadline
                try:
                    httpx.get(f"http://127.0.0.1:{values['port']}/v1/openapi.json")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield Started(started, output, errors)
        finally:
            started.kill()
            started.wait()


class TestRefusal:
    def test_missing_settings_are_named(self, tmp_path: Path) -> None:
        line = refused(tmp_path)
        assert line.startswith("The API cannot start: ")
        assert "AURORA_ENCRYPTION_KEY field required" in line
        assert "AURORA_PII_KEY field required" in line

    def test_settings_that_make_no_sense_are_named(self, tmp_path: Path) -> None:
        line = refused(tmp_path, encryption_key="short", pii_key=KEY, database_url="nonsense")
        assert "AURORA_ENCRYPTION_KEY must be 32 bytes in base64" in line
        assert "AURORA_DATABASE_URL is not an SQLAlchemy URL" in line
        assert "short" not in line

    def test_everything_that_is_missing_is_named_at_once(self, tmp_path: Path) -> None:
        line = refused(
            tmp_path,
            encryption_key=KEY,
            pii_key=KEY,
            kafka_bootstrap=NOBODY,
            redis_url=f"redis://{NOBODY}/0",
            database_url=f"postgresql+asyncpg://aurora:hidden@{NOBODY}/aurora",
            feast_registry="none.db",
        )
        assert f"Kafka at {NOBODY} does not answer" in line
        assert f"Redis at {NOBODY} does not answer" in line
        assert f"the database postgresql+asyncpg://aurora:***@{NOBODY}/aurora does not answer" in line
        assert "the feature registry none.db does not exist" in line
        assert "hidden" not in line

    @pytest.mark.parametrize("api", ["postgresql"], indirect=True)
    def test_a_database_that_is_not_migrated(
        self, api: Running, empty_database_url: str, tmp_path: Path
    ) -> None:
        values = settings_of(api.settings, 0) | {"database_url": empty_database_url}
        assert refused(tmp_path, **values).endswith(" is not migrated.")


@pytest.mark.parametrize("api", ["postgresql"], indirect=True)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_second_process_serves_the_same_tokens_logs_json_and_ends_when_told(
    api: Running, ending: signal.Signals
) -> None:
    (port,) = free_ports(1)
    headers = {"Authorization": f"Bearer {api.token(api.tenant())}", "X-Request-Id": "find-me-again"}
    with process(settings_of(api.settings, port)) as running:
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/stock/alerts?sku=private", headers=headers)
        running.process.send_signal(ending)
        running.process.wait(timeout=30)
        output, errors = running.output.read_text(), running.errors.read_text()
    assert answer.status_code in (200, 503)
    assert errors == ""
    lines = [json.loads(line) for line in output.splitlines()]
    assert all({"timestamp", "level", "event"} <= line.keys() for line in lines)
    (request,) = (line for line in lines if line.get("request_id") == "find-me-again")
    assert (request["path"], request["status"]) == ("/v1/stock/alerts", answer.status_code)
    assert "private" not in output
    assert lines[-1]["event"].startswith("Finished server process")
