"""The line of a request."""

import asyncio
import json
from io import BufferedWriter, BytesIO
from typing import BinaryIO, cast
from uuid import UUID

import pytest

from api.access.authentication import Principal
from api.web.access_log import AccessLog

TENANT = UUID("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")


def written(level: str, status: int, principal: Principal | None = None) -> dict[str, object] | None:
    raw = BytesIO()

    async def request() -> str:
        log = AccessLog(cast(BinaryIO, BufferedWriter(raw)), level)
        log.write("a-request", "GET", "/v1/status", "10.0.0.1", principal, status, 0.0123456)
        await asyncio.sleep(0)
        return raw.getvalue().decode()

    text = asyncio.run(request())
    if not text:
        return None
    assert text.endswith("\n") and text.count("\n") == 1
    line = json.loads(text)
    assert isinstance(line, dict)
    return line


def test_a_line_tells_all_there_is() -> None:
    line = written("INFO", 200, Principal(TENANT, "client_1", frozenset()))
    assert line is not None
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": "a-request",
        "method": "GET",
        "path": "/v1/status",
        "status": 200,
        "duration_ms": 12.35,
        "address": "10.0.0.1",
        "tenant_id": str(TENANT),
        "client_id": "client_1",
    }


def test_what_is_not_known_is_left_out() -> None:
    line = written("INFO", 200)
    assert line is not None
    assert "tenant_id" not in line


@pytest.mark.parametrize(
    ("level", "status", "expected"),
    [("INFO", 404, "info"), ("WARNING", 404, None), ("WARNING", 500, "error"), ("CRITICAL", 503, None)],
)
def test_only_what_is_asked_for_is_written(level: str, status: int, expected: str | None) -> None:
    line = written(level, status)
    assert (None if line is None else line["level"]) == expected
