"""The command line ``aurora``."""

from importlib import import_module
from typing import Any

import click

from ops.commands.settings_options import settings_of, settings_options
from ops.stack import Stack

COMMANDS = {
    "up": "lifecycle",
    "down": "lifecycle",
    "status": "lifecycle",
    "logs": "lifecycle",
    "prepare": "lifecycle",
    "preflight": "lifecycle",
    "demo": "demo",
    "tenant": "accounts",
    "client": "accounts",
    "sandbox": "sandbox",
    "keys": "accounts",
    "user": "users",
    "audit": "audit",
    "limits": "usage",
    "usage": "usage",
    "models": "models",
    "digest": "digest",
    "backtest": "backtest",
}
"""Each command, and the module of `ops.commands` that has it: imported only when it is used."""


class Aurora(click.Group):
    """A group whose commands end with one readable line and exit code 1 where something is wrong."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"ops.commands.{COMMANDS[name]}"), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except Exception as error:
            # looked up only now: importing all that may go wrong takes a second
            from ops.commands.expected_errors import EXPECTED, message

            if isinstance(error, EXPECTED):
                raise click.ClickException(message(error)) from error
            raise


@click.group(cls=Aurora, context_settings={"help_option_names": ["-h", "--help"]})
@settings_options
@click.pass_context
def main(context: click.Context, /, **options: str | None) -> None:
    """Runs Aurora on this machine, and looks after its tenants.

    Everything listens on loopback only, and lives in one folder. Options go before the command.
    """
    context.obj = Stack(settings_of(options))
