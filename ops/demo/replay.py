"""Sends events through the public API, as a retailer's own program would."""

import time
from collections.abc import Iterator, Sequence

import httpx
import msgspec

from ops.demo.sample import SampleEvent, batches

BATCH_EVENTS = 500
TRIES = 10
# what the API asks a client to wait for: its rate limit, and a Kafka that is away
WAIT_AND_RETRY = {429, 503}
TIMEOUT_S = 30.0


class ReplayFailed(Exception):
    """The API did not take the events, or their predictions did not come; the message is one readable line."""


def fetch_token(client: httpx.Client, client_id: str, secret: str) -> str:
    """An access token by client credentials. Raises `ReplayFailed`."""
    form = {"grant_type": "client_credentials"}
    response = _ask(client, "POST", "/v1/oauth/token", data=form, auth=(client_id, secret))
    return str(response.json()["access_token"])


def replay(client: httpx.Client, token: str, tenant_id: str, events: Sequence[SampleEvent]) -> Iterator[int]:
    """Send the events in batches; yields the size of each that was taken.

    Each batch has its own Idempotency-Key, so that sending the same events again, as after a crash, adds nothing.
    Raises `ReplayFailed`.
    """
    encode = msgspec.json.Encoder().encode_lines
    for number, batch in enumerate(batches(events, BATCH_EVENTS)):
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": f"demo-{batch[-1].occurred_at.isoformat()}-{number}",
        }
        body = encode([event.ndjson(tenant_id) for event in batch])
        _ask(client, "POST", "/v1/ingest/events", content=body, headers=headers)
        yield len(batch)


def _ask(client: httpx.Client, method: str, path: str, **request: object) -> httpx.Response:
    for _ in range(TRIES):
        try:
            response = client.request(method, path, timeout=TIMEOUT_S, **request)  # type: ignore[arg-type]  # passed on
        except httpx.HTTPError as error:
            raise ReplayFailed(f"{path}: {error}") from error
        if response.status_code not in WAIT_AND_RETRY:
            break
        time.sleep(float(response.headers.get("Retry-After", "1")))
    if response.is_error:
        raise ReplayFailed(f"{path} answered {response.status_code}: {response.text[:300]}")
    return response
