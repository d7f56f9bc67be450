"""``GET /v1/audit`` at the running API: who changed what, and what it takes to be told."""

from typing import Any

from service.api.audit.audited import write
from service.api.people import Browser, person, session_of
from service.api.running import Account, Running

from api.access.roles import Role


def entries(api: Running, account: Account, query: str = "") -> Any:
    answer = api.http.get(f"/v1/audit{query}", headers=bearer(api, account))
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(api: Running, account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token(account)}"}


def test_what_a_client_does_is_told(api: Running) -> None:
    account = api.tenant()
    made = api.http.post("/v1/clients", json={"scopes": ["alerts:read"]}, headers=bearer(api, account)).json()
    path = f"/v1/clients/{made['client_id']}"
    assert api.http.post(f"{path}/secret", headers=bearer(api, account)).status_code == 200
    assert api.http.delete(path, headers=bearer(api, account)).status_code == 204
    told = entries(api, account, f"?subject=client/{made['client_id']}")
    assert [(entry["action"], entry["before"], entry["after"]) for entry in told] == [
        ("client.revoked", {"scopes": ["alerts:read"]}, None),
        ("client.secret-rotated", None, None),
        ("client.created", None, {"scopes": ["alerts:read"]}),
    ]
    assert {entry["actor"]["id"] for entry in told} == {account.client_id}
    assert made["client_secret"] not in api.http.get("/v1/audit", headers=bearer(api, account)).text


def test_what_an_admin_does_is_told(api: Running) -> None:
    account = api.tenant()
    admin = person(api, account.tenant_id, Role.ADMIN)
    with Browser(api) as browser:
        browser.has(session_of(api, admin, stepped_up=True))
        invited = browser.http.post("/v1/users", json={"email": "bob@shop.example", "role": "viewer"}).json()
        browser.http.patch(f"/v1/users/{invited['user_id']}", json={"role": "analyst"})
        told = browser.http.get(f"/v1/audit?subject=user/{invited['user_id']}").json()
    changed, made = told
    assert changed["actor"] == {"kind": "user", "id": str(admin.user_id)}
    assert changed["before"] == {"email": "bob@shop.example", "role": "viewer", "status": "invited"}
    assert changed["after"] == {"email": "bob@shop.example", "role": "analyst", "status": "invited"}
    assert (made["action"], made["before"]) == ("user.invited", None)


def test_pages_follow_one_another(api: Running) -> None:
    account = api.tenant()
    api.on_database(lambda database: write(database, account.tenant_id, *(f"webhook/{n}" for n in range(5))))
    path: str | None = "/v1/audit?limit=2&action=webhook.created"
    seen = []
    while path is not None:
        answer = api.http.get(path, headers=bearer(api, account))
        assert answer.status_code == 200, answer.text
        seen += [entry["subject"] for entry in answer.json()]
        link = answer.headers.get("link")
        path = link and link[1 : link.index(">")]
    assert seen == [f"webhook/{number}" for number in (4, 3, 2, 1, 0)]


def test_times_narrow_it(api: Running) -> None:
    account = api.tenant()
    (entry,) = entries(api, account)
    at = entry["at"]
    assert len(entries(api, account, f"?since={at}")) == 1
    assert entries(api, account, f"?until={at}") == []


def test_another_tenant_s_entries_are_not_there(api: Running) -> None:
    one, other = api.tenant(), api.tenant()
    subjects = {entry["subject"] for entry in entries(api, other)}
    assert subjects == {f"client/{other.client_id}"}
    assert entries(api, other, f"?subject=client/{one.client_id}") == []
