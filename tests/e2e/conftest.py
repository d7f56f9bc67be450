"""The demo as a user starts it, once for all of these tests, in a folder and on ports of its own."""

from collections.abc import Iterator

import httpx
import pytest
from e2e.running_demo import Demo, run

from ops.stack import Stack, StackSettings


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The running demo."""
    stack = Stack(StackSettings.for_tests(tmp_path_factory.mktemp("demo")))
    try:
        done = run(stack, "demo")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Demo(stack, done.stdout)
    finally:
        stack.down()


@pytest.fixture
def api(demo: Demo) -> Iterator[httpx.Client]:
    """A client of the demo's API that bears the demo tenant's token."""
    account = demo.account
    with httpx.Client(base_url=account.url, timeout=10) as client:
        form = {"grant_type": "client_credentials"}
        answer = client.post(
            "/v1/oauth/token", data=form, auth=(account.client_id, account.client_secret)
        ).raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client
