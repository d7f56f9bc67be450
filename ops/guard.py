"""Stops a stack when the process that owns it ends, however it ends: ``python -m ops.guard OWNER_PID``.

A test run that is killed leaves no chance to clean up; this part of its stack does it.
"""

import os
import select
import signal
import sys


def main(owner: int, supervisord: int) -> None:
    """Wait for the owner's end, then ask supervisord to stop everything."""
    try:
        watched = os.pidfd_open(owner)
    except ProcessLookupError:
        pass
    else:
        select.select([watched], [], [])
    os.kill(supervisord, signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]), os.getppid())
