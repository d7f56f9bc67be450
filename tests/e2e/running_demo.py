"""A stack on which the demo ran, for those who use it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.demo.account import DemoAccount
from ops.stack import Stack

AURORA = Path(sys.executable).with_name("aurora")
LIMIT_S = 540


@dataclass(frozen=True, slots=True)
class Demo:
    """A stack on which `aurora demo` ran, and what it printed."""

    stack: Stack
    output: str

    @property
    def account(self) -> DemoAccount:
        account = DemoAccount.load(self.stack.settings.folder / "demo.env")
        assert account is not None
        return account

    def aurora(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line on this stack."""
        return run(self.stack, *arguments)


def run(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **stack.settings.environment}
    return subprocess.run(
        (AURORA, *arguments), env=environment, capture_output=True, text=True, timeout=LIMIT_S
    )
