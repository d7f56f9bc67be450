"""PyFlink falls back to a process for each Python operator without a word, at a sixth of the speed: see that it did not."""

from pathlib import Path

import psutil
import pytest
from service.jobs.tenant_log import TenantLog, eventually

from ops.stack import Stack

pytestmark = pytest.mark.service


def test_python_runs_inside_the_task_manager(risk_job: Stack, tenant: TenantLog) -> None:
    tenant.send([tenant.event("stock.counted", "S", 5)])
    eventually(lambda: "S" in tenant.predictions())
    task_manager = psutil.Process(risk_job.status()["flink-taskmanager-1"].process.pid)
    assert task_manager.name() == "java"
    # the embedded interpreter is a library of the JVM, and there is no worker process beside it
    assert "pemja_core" in Path(f"/proc/{task_manager.pid}/maps").read_text()
    assert [child.cmdline() for child in task_manager.children(recursive=True)] == []
