"""Starting, stopping and watching the stack."""

import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from typing import Iterator

import click
from rich.console import Console
from rich.table import Table

from ops.stack import PartStatus, Stack

console = Console()


@click.command()
@click.pass_obj
def up(stack: Stack) -> None:
    """Start every part, in order, each once those that it needs are well."""
    from ops.launch import launch

    with progress("starting") as starting:
        launch(stack, starting)
    print_urls(stack)


@click.command()
@click.pass_obj
def down(stack: Stack) -> None:
    """Stop every part, the dependants first. Data stays."""
    with progress("stopping") as stopping:
        stray = stack.down(stopping)
    if stray:
        console.print(f"{stray} processes ran without supervision; ended.")
    console.print("The stack is down.")


@click.command()
@click.pass_obj
def status(stack: Stack) -> None:
    """Show every part. Exit code 1 where one is not well."""
    parts = stack.status()
    if not parts:
        console.print("The stack is down.")
        sys.exit(1)
    console.print(status_table(parts))
    if any(part.health for part in parts.values()):
        sys.exit(1)


@click.command()
@click.argument("part")
@click.option("-f", "--follow", is_flag=True, help="Go on as the part writes.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
@click.pass_obj
def logs(stack: Stack, part: str, follow: bool, lines: int) -> None:
    """Show what PART printed last."""
    if part not in stack.parts:
        raise click.UsageError(f"There is no part {part}; the parts are {', '.join(stack.parts)}.")
    file = stack.log_file(part)
    if not file.exists():
        raise click.ClickException(f"{part} has not written anything yet.")
    # -F goes on where the file is rotated away
    os.execvp("tail", ["tail", *(["-F"] if follow else []), "-n", str(lines), str(file)])


@click.command()
@click.option("--topics", is_flag=True, help="Create the topics too; Kafka must run.")
@click.pass_obj
def prepare(stack: Stack, topics: bool) -> None:
    """Make the secrets, migrate the accounts database, apply the feature repo."""
    from ops.preparation import prepare_files, prepare_topics

    prepare_files(stack.settings)
    if topics:
        prepare_topics(stack.settings)


@click.command()
@click.pass_obj
def preflight(stack: Stack) -> None:
    """Name everything that is missing before the job and the API may start. Exit code 1 where something is."""
    from ops.preflight import findings

    found = findings(stack.settings)
    for finding in found:
        console.print(str(finding), style="red", highlight=False, soft_wrap=True)
    if found:
        sys.exit(1)
    console.print("All is there.")


@contextmanager
def progress(doing: str) -> Iterator[Callable[[str], None]]:
    """A function that shows what is done now: a line each, and a spinner where a person watches."""
    with console.status(doing) as spinner:

        def show(what: str) -> None:
            console.print(f"{doing} {what}", highlight=False)
            spinner.update(f"{doing} {what}")

        yield show


def print_urls(stack: Stack) -> None:
    """Where a person looks."""
    settings = stack.settings
    urls = Table.grid(padding=(0, 2))
    urls.add_row("API", f"{settings.api_url}/v1")
    urls.add_row("API documentation", f"{settings.api_url}/v1/docs")
    urls.add_row("Flink web UI", settings.flink_url)
    console.print(urls)


def status_table(parts: dict[str, PartStatus]) -> Table:
    """The parts as a table."""
    table = Table("part", "state", "pid", "uptime", "health")
    for name, part in parts.items():
        process = part.process
        uptime = (
            str(timedelta(seconds=process.uptime.seconds, days=process.uptime.days)) if process.pid else ""
        )
        health = f"[red]{part.health}[/]" if part.health else "[green]well[/]"
        table.add_row(name, process.state.lower(), str(process.pid or ""), uptime, health)
    return table
