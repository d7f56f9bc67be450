"""``aurora demo``: from nothing to a table of real products at risk."""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.access.clients import SCOPES
from api.access.tenants import Region, Tier
from ops.commands.lifecycle import print_urls, progress
from ops.demo import sample
from ops.demo.account import DemoAccount
from ops.demo.replay import ReplayFailed, fetch_token, replay
from ops.demo.sample import SampleEvent
from ops.stack import Stack
from ops.tenants import open_tenant

if TYPE_CHECKING:
    from ops.demo.served import ServedRisks, ShelfRisk

console = Console(highlight=False, soft_wrap=True)

ROWS_SHOWN = 15
# the job combines two seconds of arrivals; a busy machine takes its time
SERVED_LIMIT_S = 240
LOOK_EVERY_S = 0.5


@click.command()
@click.pass_obj
def demo(stack: Stack) -> None:
    """Bring up the stack, replay four weeks of real sales through the API, and show what is at risk.

    The last sale is now. A second run replays nothing: it shows the same tenant as it is by then.
    """
    # Feast takes seconds to import
    from ops.demo.served import ServedRisks
    from ops.launch import launch

    # so that a webhook can be tried on this machine
    stack = Stack(stack.settings.model_copy(update={"webhook_allow_loopback": True}))
    with progress("starting") as starting:
        launch(stack, starting)
    account = _account(stack)
    events = sample.ending_at(sample.load(), account.ends_at)
    served = ServedRisks(stack.settings)
    if account.replayed:
        console.print(f"The demo's sales went in at {account.replayed}: nothing is replayed.")
    else:
        _send(account, events)
        _await_predictions(served, account.tenant_id, events)
        replace(account, replayed=_now()).save(_file(stack))
    shelves = sample.closing_stock(events).keys()
    _show(served.read(account.tenant_id, shelves))
    print_urls(stack)
    console.print(f"Credentials of the demo's tenant: {_file(stack)}")


def _account(stack: Stack) -> DemoAccount:
    found = DemoAccount.load(_file(stack))
    if found is not None:
        return found
    now = _now()
    credentials = open_tenant(
        stack.settings, f"demo of {now}", Region.EU_CENTRAL_1, Tier.STANDARD, scopes=SCOPES.keys()
    )
    account = DemoAccount(
        url=stack.settings.api_url,
        tenant_id=str(credentials.tenant.tenant_id),
        client_id=credentials.client_id,
        client_secret=credentials.secret,
        last_event_at=now,
    )
    account.save(_file(stack))
    return account


def _send(account: DemoAccount, events: Sequence[SampleEvent]) -> None:
    with httpx.Client(base_url=account.url) as client, Progress(console=console) as bar:
        task = bar.add_task("replaying real sales", total=len(events))
        token = fetch_token(client, account.client_id, account.client_secret)
        for taken in replay(client, token, account.tenant_id, events):
            bar.advance(task, taken)
    console.print(f"{len(events)} events of four weeks are in; the last occurred at {account.last_event_at}.")


def _await_predictions(served: "ServedRisks", tenant_id: str, events: Sequence[SampleEvent]) -> None:
    """Return once every shelf is served with the stock that its last event left."""
    wanted = sample.closing_stock(events)
    deadline = time.monotonic() + SERVED_LIMIT_S
    with console.status("waiting for predictions"):
        while missing := wanted.items() - _stocks(served.read(tenant_id, wanted.keys())):
            if time.monotonic() > deadline:
                raise ReplayFailed(
                    f"{len(missing)} of {len(wanted)} shelves have no prediction of their last event "
                    f"after {SERVED_LIMIT_S} s; see `aurora status`"
                )
            time.sleep(LOOK_EVERY_S)


def _stocks(risks: Collection["ShelfRisk"]) -> set[tuple[sample.Shelf, int]]:
    return {((risk.sku, risk.warehouse), risk.stock) for risk in risks}


def _show(risks: Sequence["ShelfRisk"]) -> None:
    filled = [risk for risk in risks if risk.stock > 0]
    table = Table(title=f"Of {len(filled)} filled shelves, those most likely to run out within 24 hours")
    for column in ("sku", "warehouse"):
        table.add_column(column, no_wrap=True)
    for column in ("stock", "sold a day", "probability", "out at, UTC"):
        table.add_column(column, justify="right", no_wrap=True)
    for risk in sorted(filled, key=lambda each: (-each.probability, each.stock, each.sku))[:ROWS_SHOWN]:
        out_at = "" if risk.predicted_oos_at is None else f"{risk.predicted_oos_at:%d %b %H:%M}"
        numbers = (str(risk.stock), f"{risk.velocity:.1f}", f"{risk.probability:.3f}", out_at)
        table.add_row(risk.sku, risk.warehouse, *numbers)
    console.print(table)
    console.print(f"{len(risks) - len(filled)} more shelves are empty now.")


def _file(stack: Stack) -> Path:
    return stack.settings.folder / "demo.env"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
