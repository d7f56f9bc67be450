"""A stack's settings as options of the command line, beside their ``AURORA_*`` variables."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from ops.settings import StackSettings

Command = TypeVar("Command", bound=Callable[..., Any])
HIDDEN = {"owner_pid"}


def settings_options(command: Command) -> Command:
    """Give a command an option for each setting of a stack."""
    for name, field in reversed(StackSettings.model_fields.items()):
        if name not in HIDDEN:
            text = field.description or f"Default {field.default}."
            flag = f"--{name.replace('_', '-')}"
            command = click.option(flag, name, help=f"{text} [AURORA_{name.upper()}]", metavar="VALUE")(
                command
            )
    return command


def settings_of(options: dict[str, str | None]) -> StackSettings:
    """The settings with these options; the environment gives those that are ``None``. Raises ``click.UsageError``."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return StackSettings(**given)  # type: ignore[arg-type]  # pydantic reads the text
    except ValidationError as error:
        first = error.errors()[0]
        raise click.UsageError(f"{first['loc'][0]}: {first['msg'].lower()}") from error
