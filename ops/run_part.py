"""Runs one part in the foreground, as a container does: ``python -m ops.run_part NAME [ARGUMENT...]``.

The part's preparation is done first. Arguments are added to its command.
"""

import os
import sys

from ops.environment import environment_of, inherited
from ops.parts.catalogue import parts_of
from ops.parts.part import MissingProgram
from ops.settings import StackSettings


def main(name: str, arguments: list[str]) -> None:
    """Become the part, with the same pid. Exits with one readable line where it cannot run."""
    settings = StackSettings()
    parts = {part.name: part for part in parts_of(settings)}
    if name not in parts:
        sys.exit(f"There is no part {name}; the parts are {', '.join(parts)}.")
    part = parts[name]
    try:
        part.prepare()
    except MissingProgram as error:
        sys.exit(f"{name} cannot start: {error}")
    environment = {**inherited(), **environment_of(settings), **part.environment}
    command = [*part.command, *arguments]
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
