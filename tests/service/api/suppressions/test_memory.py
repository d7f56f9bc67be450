"""What a long list takes of a running API, which has other things to do with the machine."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from service.api.conftest import KINDS, new_database

from api.access.clients import NewClient, create_client
from api.access.tenants import Region, Tier, create_tenant
from api.database import Database
from ops.parts.services import API
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack, StackSettings

pytestmark = pytest.mark.service

ENTRIES = 700_000
LIST_MB = 19
MOST_MB = 300


@pytest.fixture(params=KINDS)
def own_stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    """The API as `aurora up` runs it, so that its memory is its own."""
    settings = StackSettings.for_tests(tmp_path)
    stack = Stack(settings.model_copy(update={"database_url": new_database(request, tmp_path)}))
    try:
        stack.up({"kafka", "redis"})
        prepare_files(stack.settings)
        prepare_topics(stack.settings)
        stack.up({API})
        yield stack
    finally:
        stack.down()


def a_list(prefix: str) -> bytes:
    """CSV of SKUs, a third in all warehouses, half with an expiry."""
    lines = (
        f"{prefix}-{number:011d},{('', 'berlin', 'hamburg')[number % 3]},{('', '2027-06-30')[number % 2]},"
        for number in range(ENTRIES)
    )
    return "\n".join(["sku,warehouse,expires_at,reason", *lines]).encode()


async def a_client(database_url: str) -> NewClient:
    database = Database(database_url)
    try:
        tenant = await create_tenant(database, "Long List", Region.EU_CENTRAL_1, Tier.STANDARD)
        return await create_client(database, tenant.tenant_id, ["suppressions:write"])
    finally:
        await database.close()


def forget_peak(pid: int) -> None:
    """Let the kernel note anew how much memory a process has at most: to load Feast takes more than to work with it."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pid: int) -> float:
    """The most memory that a process had at once since then."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@pytest.mark.timeout(300)
def test_a_list_of_20_mb_takes_less_than_300_mb_with_all_the_rest(own_stack: Stack) -> None:
    new = asyncio.run(a_client(own_stack.settings.database_url))
    with httpx.Client(base_url=own_stack.settings.api_url, timeout=120) as http:
        form, auth = {"grant_type": "client_credentials"}, (new.client.client_id, new.secret)
        token = http.post("/v1/oauth/token", data=form, auth=auth).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
        pid = own_stack.status()[API].process.pid
        forget_peak(pid)
        # the second takes the place of the first, so that the old and the new are there at once
        for prefix in ("OLD", "NEW"):
            body = a_list(prefix)
            assert len(body) > LIST_MB * 1_000_000
            http.put("/v1/suppressions", content=body, headers=headers).raise_for_status()
    assert peak_mb(pid) < MOST_MB
