"""Runs a module only where the preflight passes: ``python -m ops.checked_start MODULE [ARGUMENT...]``.

In the same process, since what both import, Feast above all, takes seconds, and a crashed API should be back soon.
"""

import runpy
import sys

from ops.preflight import refuse_unless_ready
from ops.settings import StackSettings


def main(module: str, arguments: list[str]) -> None:
    """Run the module as ``python -m`` does. Exits with code 1, instead, where something that it needs is missing."""
    refuse_unless_ready(StackSettings())
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
