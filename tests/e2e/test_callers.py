"""The running product as those see it who call it: a shop engineer, an operator, and another tenant."""

import gzip
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from e2e.calls import eventually, post, risks, send
from e2e.running_demo import Demo

from ops.settings import PROJECT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

DEFAULT_PORT = "18000"


@pytest.fixture
def shelf() -> dict[str, str]:
    """A place that no other test uses."""
    return {"sku": f"SKU-{uuid4()}", "warehouse": "berlin"}


@pytest.fixture(scope="module")
def stranger(demo: Demo) -> Iterator[httpx.Client]:
    """A client of the same API that bears another tenant's token."""
    printed = demo.aurora("tenant", "create", "Stranger").stdout
    client_id, secret = re.findall(r"client_(?:id|secret) +(\S+)", printed)
    with httpx.Client(base_url=demo.account.url, timeout=10) as client:
        client.headers["Authorization"] = f"Bearer {token(client, client_id, secret)}"
        yield client


def token(client: httpx.Client, client_id: str, secret: str) -> str:
    answer = client.post(
        "/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    )
    return str(answer.raise_for_status().json()["access_token"])


def at_risk(demo: Demo, api: httpx.Client, shelf: dict[str, str]) -> dict[str, Any]:
    """Make a shelf that sells 24 a day and has three left; returns its alert."""
    now = datetime.now(UTC)
    events = [("stock.counted", {**shelf, "qty": 51, "occurred_at": (now - timedelta(hours=48)).isoformat()})]
    events += [
        ("order.created", {**shelf, "qty": 1, "occurred_at": (now - timedelta(hours=hour)).isoformat()})
        for hour in range(48)
    ]
    post(api, demo.account.tenant_id, events)
    return eventually(lambda: risks(api, shelf["sku"]), lambda found: len(found) == 1, 30)[0]


def test_the_first_calls_of_the_readme_run_as_written(demo: Demo) -> None:
    section = (PROJECT / "README.md").read_text().partition("## First calls")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    settings = demo.stack.settings
    script = "set -eu\n" + "\n".join(blocks)
    script = script.replace(DEFAULT_PORT, str(settings.api_port)).replace(
        ".aurora/demo.env", str(settings.folder / "demo.env")
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    assert "202 Accepted" in done.stdout
    assert '"accepted":2' in done.stdout
    assert '"status":"ok"' in done.stdout
    assert '"openapi":"3.1.0"' in done.stdout
    assert '"keys":[' in done.stdout


def test_a_checkout_is_told_when_nothing_changed(
    demo: Demo, api: httpx.Client, shelf: dict[str, str]
) -> None:
    at_risk(demo, api, shelf)
    first = api.get("/v1/stock/alerts", params={"sku": shelf["sku"]})
    again = api.get(
        "/v1/stock/alerts", params={"sku": shelf["sku"]}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in again.headers["Cache-Control"]


def test_a_compressed_batch_is_taken(demo: Demo, api: httpx.Client, shelf: dict[str, str]) -> None:
    event = {
        "tenant_id": demo.account.tenant_id,
        "event_type": "stock.counted",
        "payload": {**shelf, "qty": 7},
    }
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    answer = api.post("/v1/ingest/events", content=gzip.compress(json.dumps(event).encode()), headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    eventually(lambda: risks(api, shelf["sku"]), lambda found: len(found) == 1, 30)


def test_a_retry_counts_once(demo: Demo, api: httpx.Client, shelf: dict[str, str]) -> None:
    key = str(uuid4())
    post(api, demo.account.tenant_id, [("stock.counted", {**shelf, "qty": 6})])
    sold = [("order.created", {**shelf, "qty": 3})]
    first = post(api, demo.account.tenant_id, sold, key)
    second = post(api, demo.account.tenant_id, sold, key)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    post(
        api, demo.account.tenant_id, [("stock.counted", {**shelf, "sku": shelf["sku"] + "-after", "qty": 1})]
    )
    eventually(lambda: risks(api, shelf["sku"] + "-after"), lambda found: len(found) == 1, 30)
    assert risks(api, shelf["sku"])[0]["probability"] < 1, "a sale that counted twice would have emptied it"


def test_a_batch_with_one_bad_line_is_refused_whole(
    demo: Demo, api: httpx.Client, shelf: dict[str, str]
) -> None:
    good = {
        "tenant_id": demo.account.tenant_id,
        "event_type": "stock.counted",
        "payload": {**shelf, "qty": 5},
    }
    bad = {**good, "payload": {**shelf, "qty": -5}}
    lines = "\n".join(json.dumps(event) for event in (good, bad))
    answer = api.post("/v1/ingest/events", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["line"] for error in answer.json()["errors"]] == [2]
    post(
        api, demo.account.tenant_id, [("stock.counted", {**shelf, "sku": shelf["sku"] + "-after", "qty": 1})]
    )
    eventually(lambda: risks(api, shelf["sku"] + "-after"), lambda found: len(found) == 1, 30)
    assert risks(api, shelf["sku"]) == []


def test_old_names_are_taken_and_marked(demo: Demo, api: httpx.Client, shelf: dict[str, str]) -> None:
    event = {
        "tenant_id": demo.account.tenant_id,
        "event_type": "stock.counted",
        "payload": {"sku_id": shelf["sku"], "warehouse": "berlin", "qty": 4},
    }
    headers = {"Content-Type": "application/x-ndjson"}
    answer = api.post("/v1/ingest", content=json.dumps(event), headers=headers, follow_redirects=True)
    assert [step.status_code for step in answer.history] == [308]
    assert answer.status_code == 202
    assert "Deprecation" in answer.headers


def test_all_pages_together_are_all_alerts_once(demo: Demo, api: httpx.Client) -> None:
    whole = api.get("/v1/stock/alerts", params={"limit": 200}).json()
    assert len(whole) >= 5
    pages, address = [], "/v1/stock/alerts?limit=2"
    while address:
        answer = api.get(address)
        pages += answer.json()
        address = answer.links.get("next", {}).get("url", "")
    places = [(alert["sku"], alert["warehouse"]) for alert in pages]
    assert len(places) == len(set(places))
    assert set(places) == {(alert["sku"], alert["warehouse"]) for alert in whole}


def test_another_tenant_sees_nothing(
    demo: Demo, api: httpx.Client, stranger: httpx.Client, shelf: dict[str, str]
) -> None:
    at_risk(demo, api, shelf)
    assert risks(stranger, shelf["sku"]) == []
    assert stranger.get("/v1/stock/alerts").json() == []
    cursor = api.get("/v1/stock/alerts", params={"limit": 1}).links["next"]["url"]
    assert stranger.get(cursor).json() == [], "a foreign cursor opens nothing"
    etag = api.get("/v1/stock/alerts", params={"sku": shelf["sku"]}).headers["ETag"]
    answer = stranger.get("/v1/stock/alerts", params={"sku": shelf["sku"]}, headers={"If-None-Match": etag})
    assert answer.status_code == 200, "a foreign ETag tells nothing"


def test_another_tenant_writes_nothing(
    demo: Demo, api: httpx.Client, stranger: httpx.Client, shelf: dict[str, str]
) -> None:
    event = {
        "tenant_id": demo.account.tenant_id,
        "event_type": "stock.counted",
        "payload": {**shelf, "qty": 5},
    }
    unknown = {**event, "tenant_id": str(uuid4())}
    headers = {"Content-Type": "application/x-ndjson"}
    answers = [
        stranger.post("/v1/ingest/events", content=json.dumps(each), headers=headers)
        for each in (event, unknown)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    # whether a tenant exists must not be told: both refusals read alike
    assert answers[0].json()["errors"] == answers[1].json()["errors"]


def test_an_idempotency_key_is_the_tenants_own(
    demo: Demo, api: httpx.Client, stranger: httpx.Client, shelf: dict[str, str]
) -> None:
    key = str(uuid4())
    post(api, demo.account.tenant_id, [("stock.counted", {**shelf, "qty": 5})], key)
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
    answer = stranger.post("/v1/ingest/events", content="{}", headers=headers)
    assert answer.status_code == 400, "neither replayed nor refused as reused"


@pytest.mark.parametrize("path", ["/v1/stock/alerts", "/v1/ingest/events"])
def test_without_a_token_nothing_is_answered(demo: Demo, path: str) -> None:
    method = "GET" if path.endswith("alerts") else "POST"
    answer = httpx.request(method, demo.account.url + path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_operator_sets_a_threshold(demo: Demo, api: httpx.Client, shelf: dict[str, str]) -> None:
    done = demo.aurora("tenant", "threshold", demo.account.tenant_id, "0.0001", "--sku", shelf["sku"])
    assert done.returncode == 0, done.stderr
    now = datetime.now(UTC)
    earlier = (now - timedelta(hours=24)).isoformat()
    events = [("stock.counted", {**shelf, "qty": 12, "occurred_at": earlier})]
    events += [("order.created", {**shelf, "qty": 1}) for _ in range(5)]
    post(api, demo.account.tenant_id, events)
    (alert,) = eventually(
        lambda: api.get("/v1/stock/alerts", params={"sku": shelf["sku"]}).json(),
        lambda found: found != [],
        30,
    )
    assert 0.0001 <= alert["probability"] < 0.7


def test_keys_rotate_under_live_tokens(demo: Demo, api: httpx.Client) -> None:
    def kids() -> set[str]:
        return {key["kid"] for key in api.get("/.well-known/jwks.json").json()["keys"]}

    before = kids()
    assert demo.aurora("keys", "rotate").returncode == 0
    eventually(kids, lambda found: found > before, 60)
    assert api.get("/v1/stock/alerts").status_code == 200


def test_an_operator_finds_a_request_in_the_log(demo: Demo, api: httpx.Client) -> None:
    request_id = str(uuid4())
    assert (
        api.get("/v1/stock/alerts", headers={"X-Request-Id": request_id}).headers["X-Request-Id"]
        == request_id
    )

    def entries() -> list[dict[str, Any]]:
        lines = demo.aurora("logs", "api").stdout.splitlines()
        return [json.loads(line) for line in lines if request_id in line]

    (entry,) = eventually(entries, lambda found: found != [], 10)
    assert entry["status"] == 200


def test_the_preflight_of_a_running_stack_passes(demo: Demo) -> None:
    done = demo.aurora("preflight")
    assert (done.returncode, done.stderr) == (0, "")


def test_metrics_tell_of_the_pipeline(demo: Demo, api: httpx.Client) -> None:
    ours = api.get("/metrics").text
    assert re.search(r'^alerts_generated_total\{change="raised"\} [1-9]', ours, re.MULTILINE)
    assert re.search(r"^prediction_latency_ms_count [1-9]", ours, re.MULTILINE)
    settings = demo.stack.settings
    flink = httpx.get(f"http://127.0.0.1:{settings.flink_metrics_port + 1}/metrics").text
    assert "aurora_messages_total" in flink
    assert "prediction_latency_ms" in flink


def test_the_documentation_needs_no_other_host(demo: Demo, api: httpx.Client) -> None:
    page = api.get("/v1/docs")
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sources
    assert all(source.startswith(("/", "./", "data:")) for source in sources), sources
    assert "default-src" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("part", ["api", "feature-writer-online", "redis", "kafka"])
def test_a_killed_part_comes_back_and_nothing_is_lost(
    demo: Demo, api: httpx.Client, shelf: dict[str, str], part: str
) -> None:
    post(api, demo.account.tenant_id, [("stock.counted", {**shelf, "qty": 5})])
    eventually(lambda: risks(api, shelf["sku"]), lambda found: len(found) == 1, 30)
    os.kill(demo.stack.status()[part].process.pid, signal.SIGKILL)
    eventually(lambda: taken(demo, api, [("order.created", {**shelf, "qty": 5})]), bool, 60)
    (after,) = eventually(lambda: honest_risks(api, shelf["sku"]), lambda found: _is_out(found), 90)
    assert after["probability"] == 1


def taken(demo: Demo, api: httpx.Client, events: list[tuple[str, dict[str, Any]]]) -> bool:
    """Whether a POST was taken; refusals must say that they are for a while only."""
    try:
        answer = send(api, demo.account.tenant_id, events, f"kill-{events[0][1]['sku']}")
    except httpx.TransportError:
        time.sleep(0.2)
        return False
    assert answer.status_code in {202, 503}, answer.text
    assert answer.status_code == 202 or int(answer.headers["Retry-After"]) >= 1
    return answer.status_code == 202


def honest_risks(api: httpx.Client, sku: str) -> list[dict[str, Any]]:
    """The SKU's risks; nothing while the store is away, which must be told by 503."""
    try:
        answer = api.get("/v1/stock/alerts", params={"sku": sku, "threshold": "0"})
    except httpx.TransportError:
        return []
    assert answer.status_code in {200, 503}, answer.text
    found: list[dict[str, Any]] = answer.json() if answer.status_code == 200 else []
    return found


def _is_out(found: list[dict[str, Any]]) -> bool:
    return len(found) == 1 and found[0]["probability"] == 1
