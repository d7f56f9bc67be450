"""The simulator behind the sandbox tenant."""

import sys

from ops.parts import job, services
from ops.parts.part import Part, nothing
from ops.settings import StackSettings

NAME = "sandbox"


def sandbox(settings: StackSettings) -> Part:
    """Runs only where it is asked for. It waits for what does not answer, and is well while it runs."""
    return Part(
        name=NAME,
        command=(sys.executable, "-m", "ops.sandbox"),
        needs=(job.NAME, services.ONLINE_WRITER, services.API),
        check=nothing,
        on_demand=True,
    )
