"""What an operator's program asks of the running API."""

import csv
import io
import json
import zipfile
from typing import Any
from uuid import uuid4

import httpx
from service.api.running import Account, Running

from api.access.clients import create_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES

Answered = dict[str, Any]


class Operator:
    """An operator's client with a token."""

    def __init__(self, api: Running) -> None:
        new = api.on_database(lambda database: create_client(database, OPERATOR, OPERATOR_SCOPES))
        self.account = Account(OPERATOR, new.client.client_id, new.secret)
        self._api = api
        self._headers = {"Authorization": f"Bearer {api.token(self.account)}"}

    def ask(self, method: str, path: str = "", **request: Any) -> httpx.Response:
        """The answer of ``/v1/tenants<path>``."""
        headers = {**self._headers, **request.pop("headers", {})}
        # as long as a step may take that waits for a part that is away
        return self._api.http.request(method, f"/v1/tenants{path}", headers=headers, timeout=60, **request)

    def create(self, name: str | None = None, key: str | None = None, **members: Any) -> httpx.Response:
        """The answer to the making of a tenant, of a new name unless one is given."""
        body = {"name": name or f"shop {uuid4()}", "region": "eu-central-1", **members}
        return self.ask("POST", json=body, headers={} if key is None else {"Idempotency-Key": key})

    def created(self, **members: Any) -> tuple[Answered, Account]:
        """A new tenant as it was answered, and its client."""
        answer = self.create(**members)
        assert answer.status_code == 201, answer.text
        made: Answered = answer.json()
        client = made["client"]
        return made, Account(made["tenant_id"], client["client_id"], client["client_secret"])

    def archive(self, tenant_id: str) -> dict[str, list[Answered]]:
        """The lines of each file of a tenant's archive."""
        answer = self.ask("GET", f"/{tenant_id}/export")
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            return {name: _lines(name, archive.read(name)) for name in archive.namelist()}


def steps_of(answered: Answered) -> dict[str, str]:
    """The status of each step."""
    return {step["name"]: step["status"] for step in answered["steps"]}


def _lines(name: str, content: bytes) -> list[Answered]:
    if name.endswith(".csv"):
        return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    return [json.loads(line) for line in content.splitlines()]
