"""The risk job on a cluster of its own, with windows short enough for tests."""

import subprocess
from collections.abc import Iterator

import pytest
from service.jobs.tenant_log import LEARN_EVERY, REFRESH, TenantLog, eventually

from ops import topics as kafka_topics
from ops.flink_rest import FlinkRest
from ops.job_submission import submission
from ops.parts import flink
from ops.parts.job import JOB
from ops.stack import Stack, StackSettings
from schemas import topics


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of these tests' own: the job reads every tenant that there is in Kafka, and waits for topics that go."""
    stack = Stack(StackSettings.for_tests(tmp_path_factory.mktemp("jobs")))
    try:
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def risk_job(stack: Stack) -> Stack:
    """The stack with the risk job running; unlike the keeper's, a quiet SKU is looked at again within seconds."""
    stack.up({"kafka", "flink-taskmanager-1"})
    kafka_topics.ensure(stack.settings.kafka_bootstrap, topics.SHARED)
    subprocess.run(
        [
            *submission(stack.settings, None),
            *("--window", "1"),
            *("--refresh", str(REFRESH.total_seconds())),
            *("--learn-every", str(LEARN_EVERY.total_seconds())),
        ],
        env=flink.environment(stack.settings, "tests") | {"HOME": str(stack.settings.folder)},
        check=True,
    )
    cluster = FlinkRest(stack.settings.flink_url)
    eventually(lambda: any(job.name == JOB and job.well for job in cluster.jobs()))
    return stack


@pytest.fixture
def tenant(risk_job: Stack) -> TenantLog:
    """A tenant that the running job has not seen before."""
    return TenantLog(risk_job.settings.kafka_bootstrap)
