"""Pages of the documentation, run as they are written."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.settings import PROJECT, StackSettings

DEFAULT_PORT = "18000"


def run_page(
    name: str,
    port: int,
    stack: StackSettings,
    variables: Mapping[str, str],
    replaced: Mapping[str, str] | None = None,
) -> str:
    """What all the examples of a page in ``docs`` print, as `run_examples`."""
    page = (PROJECT / "docs" / name).read_text()
    return run_examples(examples_of(page), port, stack, variables, replaced)


def examples_of(text: str) -> list[str]:
    """The shell examples in a text."""
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def run_examples(
    examples: Sequence[str],
    port: int,
    stack: StackSettings,
    variables: Mapping[str, str],
    replaced: Mapping[str, str] | None = None,
) -> str:
    """What they print, one after the other in one shell; each must succeed.

    ``replaced`` says what stands here for what is written, beside the port and the command of the project.
    """
    assert examples
    script = "set -eu\n" + "echo\n".join(examples)
    here = {DEFAULT_PORT: str(port), ".venv/bin/aurora": str(Path(sys.executable).with_name("aurora"))}
    for written, own in {**here, **(replaced or {})}.items():
        script = script.replace(written, own)
    environment = {**os.environ, **stack.environment, **variables}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
