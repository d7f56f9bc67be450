"""A tenant that streams events in through the real gateway, and never gives one up."""

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
from recovery.oracle import Event

from ops.stack import StackSettings
from ops.tenants import Credentials

PATIENCE_S = 180.0
"""How long one batch is tried again."""
TIMEOUT_S = 8.0
AGAIN_S = 0.2
HONEST_REFUSALS = frozenset({409, 429, 503})


class Token:
    """A client's access token, fetched anew before it ends."""

    LIFE_S = 1800.0

    def __init__(self, url: str, credentials: Credentials) -> None:
        self._url = f"{url}/v1/oauth/token"
        self._auth = (credentials.client_id, credentials.secret)
        self._lock = threading.Lock()
        self._until = 0.0
        self._header: dict[str, str] = {}

    def header(self) -> dict[str, str]:
        """``Authorization``. Raises ``httpx.HTTPError`` where the API does not give one."""
        with self._lock:
            if time.monotonic() > self._until:
                form = {"grant_type": "client_credentials"}
                answer = httpx.post(
                    self._url, data=form, auth=self._auth, timeout=TIMEOUT_S
                ).raise_for_status()
                self._header = {"Authorization": f"Bearer {answer.json()['access_token']}"}
                self._until = time.monotonic() + self.LIFE_S
            return self._header


@dataclass(frozen=True, slots=True)
class Accepted:
    """Events that got a 202, and when, in epoch seconds."""

    at: float
    events: Sequence[Event]


class Shop:
    """One tenant. Any number of threads may post."""

    def __init__(self, settings: StackSettings, credentials: Credentials) -> None:
        self.tenant_id: UUID = credentials.tenant.tenant_id
        self.token = Token(settings.api_url, credentials)
        self._http = httpx.Client(base_url=settings.api_url, timeout=TIMEOUT_S)
        self._lock = threading.Lock()
        self._accepted: list[Accepted] = []
        self._answers: Counter[str] = Counter()
        self._dishonest: list[str] = []

    def close(self) -> None:
        self._http.close()

    def post(self, events: Sequence[Event]) -> float:
        """Send a batch under one key until it gets its 202; returns when that was, in epoch seconds."""
        key, lines = str(uuid4()), self._lines(events)
        deadline = time.monotonic() + PATIENCE_S
        while not self._taken(key, lines):
            assert time.monotonic() < deadline, f"a batch was not taken for {PATIENCE_S:.0f} s"
            time.sleep(AGAIN_S)
        at = time.time()
        with self._lock:
            self._accepted.append(Accepted(at, events))
        return at

    @property
    def accepted(self) -> list[Event]:
        """All events that got a 202, in the order of their answers."""
        with self._lock:
            return [event for batch in self._accepted for event in batch.events]

    @property
    def answers(self) -> dict[str, int]:
        """How often each answer came, by its status, and ``none`` for a connection that broke or took too long."""
        with self._lock:
            return dict(self._answers)

    @property
    def dishonest(self) -> list[str]:
        """Answers that were neither 202 nor told, as a problem, when to come again."""
        with self._lock:
            return [*self._dishonest]

    def _lines(self, events: Sequence[Event]) -> str:
        tenant_id = str(self.tenant_id)
        return "\n".join(
            json.dumps({"tenant_id": tenant_id, "event_type": event.kind, "payload": event.payload})
            for event in events
        )

    def _taken(self, key: str, lines: str) -> bool:
        answer: httpx.Response | None = None
        with suppress(httpx.HTTPError):
            headers = {
                **self.token.header(),
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": key,
            }
            answer = self._http.post("/v1/ingest/events", content=lines, headers=headers)
        with self._lock:
            self._answers["none" if answer is None else str(answer.status_code)] += 1
            if answer is not None and answer.status_code != 202 and not is_honest(answer, HONEST_REFUSALS):
                self._dishonest.append(f"{answer.status_code} to a batch: {answer.text[:200]}")
        return answer is not None and answer.status_code == 202


def is_honest(answer: httpx.Response, statuses: frozenset[int]) -> bool:
    """Whether a refusal is a problem that says when to come again."""
    retry_after = answer.headers.get("Retry-After", "")
    return (
        answer.status_code in statuses
        and answer.headers.get("Content-Type") == "application/problem+json"
        and retry_after.isdecimal()
        and int(retry_after) >= 1
    )
