"""The part that ends a stack with its owner."""

import sys

from ops.parts.part import Part, nothing

NAME = "guard"


def guard(owner: int) -> Part:
    """See `ops.guard`. There is nothing to ask it: it is well as long as it runs."""
    return Part(
        name=NAME, command=(sys.executable, "-m", "ops.guard", str(owner)), check=nothing, always=True
    )
