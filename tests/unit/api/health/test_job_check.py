"""When the risk job counts as running."""

import time
from typing import Any

import httpx
import pytest

from api.health.health import JOB, Unwell, check_job


def flink(state: str, running: int, total: int) -> httpx.AsyncClient:
    """A JobManager with one job, as its REST API shows it."""
    job = {"jid": "1", "name": JOB, "state": state, "tasks": {"running": running, "total": total}}
    checkpoint = {"latest_ack_timestamp": time.time() * 1000}
    answers: dict[str, Any] = {
        "/v1/jobs/overview": {"jobs": [job]},
        "/v1/jobs/1/checkpoints": {"latest": {"completed": checkpoint}},
    }
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.path]))
    return httpx.AsyncClient(transport=transport, base_url="http://flink")


async def test_it_runs_when_each_of_its_tasks_does() -> None:
    assert (await check_job(flink("RUNNING", 9, 9))).good


@pytest.mark.parametrize(("state", "running"), [("RUNNING", 8), ("RESTARTING", 0), ("FAILED", 9)])
async def test_it_does_not_while_a_task_waits(state: str, running: int) -> None:
    with pytest.raises(Unwell, match="does not run the job"):
        await check_job(flink(state, running, 9))
