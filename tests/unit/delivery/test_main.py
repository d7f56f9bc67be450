"""The process: what is wrong is told in one line."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AURORA_WEBHOOK_TIME_LIMIT", "soon"),
        ("AURORA_WEBHOOK_ALLOW_LOOPBACK", "perhaps"),
        ("AURORA_ENCRYPTION_KEY", None),
    ],
)
def test_a_bad_setting_is_named_in_one_line(name: str, value: str | None) -> None:
    environment = {"AURORA_ENCRYPTION_KEY": "x", name: value}
    done = subprocess.run(
        [sys.executable, "-m", "delivery"],
        env={key: value for key, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
