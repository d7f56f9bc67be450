"""Users of tenants: the first of them, who invites the others."""

from collections.abc import Sequence
from datetime import UTC

import click
from rich.console import Console
from rich.table import Table

from api.access.roles import Role
from api.users.user import User
from ops.stack import Stack
from ops.tenants import tenant_named
from ops.users import invite_user, link_for_user, users_of

console = Console(soft_wrap=True, highlight=False)


@click.group()
def user() -> None:
    """Users of tenants."""


@user.command("invite")
@click.argument("tenant")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="viewer", show_default=True)
@click.pass_obj
def invite(stack: Stack, tenant: str, email: str, role: str) -> None:
    """Invite EMAIL to TENANT (name or id), and print the link at which they set a password, this once."""
    console.print(invite_user(stack, tenant_named(stack.settings, tenant), email, Role(role)))


@user.command("link")
@click.argument("tenant")
@click.argument("email")
@click.pass_obj
def link(stack: Stack, tenant: str, email: str) -> None:
    """Print a new link for EMAIL of TENANT, who lost the one before or forgot the password."""
    console.print(link_for_user(stack, tenant_named(stack.settings, tenant), email))


@user.command("list")
@click.argument("tenant")
@click.pass_obj
def show(stack: Stack, tenant: str) -> None:
    """Show the users of TENANT (name or id)."""
    found = users_of(stack, tenant_named(stack.settings, tenant))
    console.print(_table(found) if found else "The tenant has no users.")


def _table(users: Sequence[User]) -> Table:
    table = Table("e-mail", "role", "status", "since, UTC", "id")
    for each in users:
        since = each.created_at.astimezone(UTC).date().isoformat()
        table.add_row(each.email, each.role, each.status, since, str(each.user_id))
    return table
