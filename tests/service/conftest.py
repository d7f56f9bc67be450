"""A real PostgreSQL and an API for the service tests, beside the stack's own parts of tests/conftest.py."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from service.api.running import Running, running_on

from ops.ports import free_ports, is_open
from ops.stack import Stack

BINARIES = Path("/usr/lib/postgresql")
# PostgreSQL refuses to run as root
UNPRIVILEGED = "nobody"
START_LIMIT_S = 30


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """SQLAlchemy URL (asyncpg) of an empty database ``aurora`` in a PostgreSQL of this session's own."""
    versions = sorted(BINARIES.glob("*/bin/postgres"))
    assert versions, "PostgreSQL is missing; run `make setup`."
    binaries = versions[-1].parent
    # pytest's own folders are closed to other accounts
    folder = Path(tempfile.mkdtemp(prefix="aurora-postgres-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, user)
    (port,) = free_ports(1)
    try:
        subprocess.run(
            (
                binaries / "initdb",
                "-D",
                folder / "data",
                "-U",
                "aurora",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ),
            check=True,
            capture_output=True,
            cwd=folder,
            user=user,
        )
        server = _start(binaries, folder, port, user)
        try:
            options = ("-h", "127.0.0.1", "-p", str(port), "-U", "aurora")
            subprocess.run((binaries / "createdb", *options, "aurora"), check=True, cwd=folder)
            yield f"postgresql+asyncpg://aurora@127.0.0.1:{port}/aurora"
        finally:
            server.terminate()
            server.wait(timeout=START_LIMIT_S)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def own_api(stack: Stack, kafka: str, redis: str) -> Iterator[Running]:
    """The API on the stack's own port and accounts, where the operator's command finds them too."""
    with running_on(stack.settings) as api:
        yield api


def _start(binaries: Path, folder: Path, port: int, user: str) -> subprocess.Popen[bytes]:
    options = ("-h", "127.0.0.1", "-p", str(port), "-k", "", "-F")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            (binaries / "postgres", "-D", folder / "data", *options),
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user,
        )
    deadline = time.monotonic() + START_LIMIT_S
    while not is_open(port):
        assert server.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.1)
    return server
