"""The planner's digest."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from ops.stack import Stack
from ops.tenants import tenant_named

console = Console(soft_wrap=True, highlight=False)


@click.group()
def digest() -> None:
    """The morning letter of a tenant's planners."""


@digest.command("preview")
@click.argument("tenant")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the letter's page there."
)
@click.pass_obj
def preview(stack: Stack, tenant: str, html: Path | None) -> None:
    """Print the digest of TENANT (name or id) as it would be sent now."""
    # what reads the store of predictions takes seconds to import
    from ops import digest_of_tenant

    letter = digest_of_tenant.preview(stack.settings, tenant_named(stack.settings, tenant))
    text, page = (letter.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None and page is not None
    console.print(Text(f"Subject: {letter['Subject']}\n\n{text.get_content()}"))
    if html is not None:
        html.write_text(page.get_content())
        console.print(f"Its page is in {html}.")


@digest.command("send")
@click.argument("tenant")
@click.option("--now", is_flag=True, required=True, help="Besides the one of the morning, whatever the time.")
@click.pass_obj
def send(stack: Stack, tenant: str, now: bool) -> None:
    """Send the digest of TENANT (name or id) to its recipients."""
    from ops import digest_of_tenant

    sent = digest_of_tenant.send_now(stack.settings, tenant_named(stack.settings, tenant))
    for address in sent.to:
        console.print(Text(f"Sent to {address}."))
    for address, because in sent.not_to.items():
        console.print(Text(f"Not sent to {address}: {because}."))
    if not sent.to and not sent.not_to:
        console.print("The tenant has no active recipient.")
