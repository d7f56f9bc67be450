"""The sandbox tenant."""

import click
from rich.console import Console

from api.clock import utc_now
from ops.parts.sandbox import NAME
from ops.sandbox.day import reset as make_anew
from ops.stack import Stack

console = Console(soft_wrap=True, highlight=False)


@click.group()
def sandbox() -> None:
    """A made-up shop to try the API with, made anew every night at 00:00 UTC."""


@sandbox.command("start")
@click.pass_obj
def start(stack: Stack) -> None:
    """Start the simulator, and what it needs. It runs until the stack is stopped."""
    stack.up({NAME}, lambda part: console.print(f"starting {part}"))
    console.print(f"{stack.settings.api_url}/v1/sandbox tells how to look at it, within a minute.")


@sandbox.command("reset")
@click.pass_obj
def reset(stack: Stack) -> None:
    """Make the sandbox anew now, and remove the one before."""
    made = make_anew(stack.settings, utc_now().replace(microsecond=0))
    console.print(f"tenant_id  {made.tenant_id}")
