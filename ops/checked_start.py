"""Runs a program only where the preflight passes: ``python -m ops.checked_start PROGRAM ARGUMENT...``."""

import os
import sys

from ops.environment import inherited
from ops.preflight import refuse_unless_ready
from ops.settings import StackSettings


def main(command: list[str]) -> None:
    """Become the program, with the same pid; exit with code 1 where something that it needs is missing."""
    refuse_unless_ready(StackSettings())
    os.execve(command[0], command, inherited())


if __name__ == "__main__":
    main(sys.argv[1:])
