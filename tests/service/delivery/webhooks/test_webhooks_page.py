"""The commands and receivers of docs/webhooks.md, run as they are written."""

import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from service.api.running import Account, Running, running
from service.delivery.webhooks.delivering import Delivering, eventually

from delivery.webhooks.signing import signed_headers
from ops import feature_registry
from ops.ports import free_ports, is_open
from ops.settings import PROJECT
from ops.stack import Stack

pytestmark = pytest.mark.service

PAGE = (PROJECT / "docs" / "webhooks.md").read_text()
RECEIVERS = [
    pytest.param("python", [sys.executable, "-"], id="python"),
    pytest.param(
        "js",
        ["node", "--input-type=module", "-"],
        id="javascript",
        marks=pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine"),
    ),
]


def examples(language: str, title: str | None = None) -> list[str]:
    """The examples of a language, below a heading or in the whole page."""
    text = PAGE if title is None else PAGE.partition(f"## {title}")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def api(delivering: Delivering, stack: Stack) -> Iterator[Running]:
    """The API on the database of the delivery."""
    feature_registry.apply(stack.settings)
    (port,) = free_ports(1)
    settings = delivering.settings.model_copy(
        update={
            "port": port,
            "flink_url": stack.settings.flink_url,
            "feature_repo": feature_registry.REPO,
            "feast_registry": str(stack.settings.feature_registry),
        }
    )
    with running(settings) as api:
        yield api


class Page:
    """The page's commands on this API, with a receiver on a port of the test's own."""

    def __init__(self, api: Running, folder: Path) -> None:
        account: Account = api.tenant()
        (self.port,) = free_ports(1)
        self._replaced = {"18000": str(api.settings.port), "9000": str(self.port)}
        self._variables = {"TOKEN": api.token(account)}
        self._folder = folder

    def here(self, example: str) -> str:
        for written, here in self._replaced.items():
            example = example.replace(written, here)
        return example

    def run(self, *titles: str) -> str:
        """What the commands below these headings print; variables that they set are kept."""
        commands = [example for title in titles for example in examples("sh", title)]
        known = "".join(f"{name}={value}\n" for name, value in self._variables.items())
        script = "set -eu\n" + known + self.here("\n".join(commands)) + "\nset > variables\n"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=self._folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"type":"/v1/problems/' not in done.stdout, done.stdout
        found = re.findall(
            r"^(WEBHOOK_ID|WEBHOOK_SECRET)=(.*)$", (self._folder / "variables").read_text(), re.M
        )
        self._variables.update(dict(found))
        return done.stdout

    @property
    def secret(self) -> str:
        return self._variables["WEBHOOK_SECRET"].strip("'")


@pytest.mark.parametrize("running_delivery", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("language", "command"), RECEIVERS)
def test_the_page_runs_as_written(api: Running, tmp_path: Path, language: str, command: list[str]) -> None:
    page = Page(api, tmp_path)
    page.run("Say where")
    (source,) = examples(language)
    with (tmp_path / "told").open("w") as told:
        receiver = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=told,
            env={**os.environ, "WEBHOOK_SECRET": page.secret},
            text=True,
        )
    assert receiver.stdin is not None
    receiver.stdin.write(page.here(source))
    receiver.stdin.close()
    try:
        eventually(lambda: is_open(page.port))
        assert '"state":"delivered"' in page.run("Try it")
        # the test message, and the same once more
        eventually(lambda: len((tmp_path / "told").read_text().splitlines()) == 2)
        first, again = (tmp_path / "told").read_text().splitlines()
        assert first == again
        assert first.endswith(" webhook.test")
        shown = page.run("Change it")
        assert '"description":"Reorders tea"' in shown
        assert '"state":"paused"' in shown
    finally:
        receiver.kill()
        receiver.wait()


@pytest.mark.parametrize(("changed", "verdict"), [(b"", "Aurora's"), (b" ", "not Aurora's")])
def test_the_shell_s_check(tmp_path: Path, changed: bytes, verdict: str) -> None:
    (source,) = examples("bash")
    secret, payload = os.urandom(32), '{"type":"alert.raised","data":{"sku":"TEE-\u00c4"}}'.encode()
    headers = signed_headers("msg_1", 1_795_622_402, payload, [b"o" * 32, secret])
    (tmp_path / "body.json").write_bytes(payload + changed)
    environment = {
        **os.environ,
        "WEBHOOK_SECRET": f"whsec_{b64encode(secret).decode()}",
        "ID": headers["webhook-id"],
        "TIMESTAMP": headers["webhook-timestamp"],
        "SIGNATURE": headers["webhook-signature"],
    }
    done = subprocess.run(
        ["bash", "-c", source], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout == f"{verdict}\n", done.stderr
