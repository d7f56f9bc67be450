"""Users and clients, looked after over HTTP: nobody gives more than they have, and somebody is always left."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from service.api.people import PASSWORD, Browser, Person, person, session_of
from service.api.running import Account, Running

from api.access.clients import SCOPES
from api.access.roles import Role, scopes_of


def bearer(api: Running, account: Account, *scopes: str) -> dict[str, str]:
    token = api.token(account, scope=" ".join(scopes or SCOPES))
    return {"Authorization": f"Bearer {token}"}


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/v1/problems/")


@pytest.fixture
def account(api: Running) -> Account:
    return api.tenant()


@pytest.fixture
def boss(api: Running, account: Account) -> Person:
    return person(api, account.tenant_id, Role.ADMIN)


@pytest.fixture
def admin(api: Running, boss: Person) -> Iterator[Browser]:
    """An admin's browser, the passkey shown."""
    with Browser(api) as browser:
        yield browser.has(session_of(api, boss, stepped_up=True))


class TestUsers:
    def test_an_invited_user_sets_a_password_and_is_in(
        self, api: Running, admin: Browser, boss: Person
    ) -> None:
        invited = admin.http.post("/v1/users", json={"email": " Bob@Shop.example ", "role": "analyst"})
        assert invited.status_code == 201, invited.text
        bob = invited.json()
        assert (bob["email"], bob["role"], bob["status"]) == ("bob@shop.example", "analyst", "invited")
        with Browser(api) as browser:
            who = Person(bob["user_id"], boss.tenant_id, bob["email"])
            assert browser.sign_in(who).status_code == 401, "before there is a password"
            token = bob["link"].partition("#link=")[2]
            began = browser.begin("/v1/session/link", {"token": token, "password": PASSWORD})
            assert began.status_code == 200, began.text
            assert browser.http.get("/v1/session").json()["role"] == "analyst"
        shown = admin.http.get(f"/v1/users/{bob['user_id']}").json()
        assert shown["status"] == "active" and "link" not in shown

    def test_a_new_link_ends_the_one_before(self, api: Running, admin: Browser, boss: Person) -> None:
        user = person(api, boss.tenant_id)
        links = [admin.http.post(f"/v1/users/{user.user_id}/link").json()["link"] for _ in range(2)]
        statuses = []
        for link in links:
            with Browser(api) as browser:
                body = {"token": link.partition("#link=")[2], "password": "nine quiet herons wade"}
                statuses.append(browser.begin("/v1/session/link", body).status_code)
        assert statuses == [403, 200]

    def test_a_new_password_ends_every_session(self, api: Running, admin: Browser, boss: Person) -> None:
        user = person(api, boss.tenant_id)
        with Browser(api) as old, Browser(api) as new:
            old.sign_in(user)
            link = admin.http.post(f"/v1/users/{user.user_id}/link").json()["link"]
            body = {"token": link.partition("#link=")[2], "password": "nine quiet herons wade"}
            assert new.begin("/v1/session/link", body).status_code == 200
            assert old.http.get("/v1/session").status_code == 401
            assert new.http.get("/v1/session").status_code == 200

    @pytest.mark.parametrize("password", ["short", "password2026", "aaaaaaaaaaaaa", "user@shop.example1"])
    def test_a_weak_password_leaves_the_link_as_it_was(
        self, api: Running, admin: Browser, password: str
    ) -> None:
        invited = admin.http.post("/v1/users", json={"email": "user@shop.example"}).json()
        token = invited["link"].partition("#link=")[2]
        with Browser(api) as browser:
            weak = browser.begin("/v1/session/link", {"token": token, "password": password})
            assert problem(weak) == (400, "weak-password")
            assert (
                browser.begin("/v1/session/link", {"token": token, "password": PASSWORD}).status_code == 200
            )

    def test_a_disabled_user_is_out_and_comes_back(self, api: Running, admin: Browser, boss: Person) -> None:
        user = person(api, boss.tenant_id)
        path = f"/v1/users/{user.user_id}"
        link = admin.http.post(f"{path}/link").json()["link"]
        with Browser(api) as browser:
            browser.sign_in(user)
            assert admin.http.patch(path, json={"disabled": True}).json()["status"] == "disabled"
            assert browser.http.get("/v1/session").status_code == 401
            assert browser.sign_in(user).status_code == 401
            body = {"token": link.partition("#link=")[2], "password": PASSWORD}
            assert problem(browser.begin("/v1/session/link", body)) == (403, "dead-link")
            assert admin.http.patch(path, json={"disabled": False}).json()["status"] == "active"
            assert browser.sign_in(user).status_code == 200

    @pytest.mark.parametrize("change", [{"role": "viewer"}, {"disabled": True}])
    def test_the_last_admin_stays(
        self, api: Running, admin: Browser, boss: Person, change: dict[str, Any]
    ) -> None:
        path = f"/v1/users/{boss.user_id}"
        assert problem(admin.http.patch(path, json=change)) == (409, "last-admin")
        # one who cannot sign in yet is none
        admin.http.post("/v1/users", json={"email": "carol@shop.example", "role": "admin"})
        assert problem(admin.http.patch(path, json=change)) == (409, "last-admin")
        person(api, boss.tenant_id, Role.ADMIN)
        assert admin.http.patch(path, json=change).status_code == 200

    def test_an_address_is_one_user_of_a_tenant(self, api: Running, admin: Browser) -> None:
        assert admin.http.post("/v1/users", json={"email": "bob@shop.example"}).status_code == 201
        again = admin.http.post("/v1/users", json={"email": "BOB@shop.example"})
        assert problem(again) == (409, "user-exists")
        other = api.http.post(
            "/v1/users", json={"email": "bob@shop.example"}, headers=bearer(api, api.tenant())
        )
        assert other.status_code == 201, "another tenant's user is another"

    @pytest.mark.parametrize(
        "email", ["bob", "bob@shop", "@shop.example", "b ob@shop.example", "bob@shop..example"]
    )
    def test_what_is_no_address_is_refused(self, admin: Browser, email: str) -> None:
        assert problem(admin.http.post("/v1/users", json={"email": email})) == (400, "bad-json-body")

    def test_pages_follow_one_another(self, api: Running, admin: Browser, boss: Person) -> None:
        emails = sorted([boss.email, *(person(api, boss.tenant_id).email for _ in range(4))])
        path: str | None = "/v1/users?limit=2"
        seen = []
        while path is not None:
            answer = admin.http.get(path)
            seen += [user["email"] for user in answer.json()]
            link = answer.headers.get("link")
            path = link and link[1 : link.index(">")]
        assert seen == emails

    def test_lost_passkeys_are_forgotten_and_the_user_signs_in_anew(
        self, api: Running, admin: Browser, boss: Person
    ) -> None:
        user = person(api, boss.tenant_id)
        with Browser(api) as browser:
            browser.sign_in(user)
            assert admin.http.delete(f"/v1/users/{user.user_id}/passkeys").status_code == 204
            assert browser.http.get("/v1/session").status_code == 401


class TestNoMoreThanOnesOwn:
    def test_a_role_of_more_scopes_is_not_given(self, api: Running, account: Account) -> None:
        headers = bearer(api, account, "users:write", *scopes_of(Role.VIEWER))
        viewer = {"email": "bob@shop.example", "role": "viewer"}
        assert api.http.post("/v1/users", json=viewer, headers=headers).status_code == 201
        for role in ("analyst", "admin"):
            wanted = {"email": f"{role}@shop.example", "role": role}
            assert problem(api.http.post("/v1/users", json=wanted, headers=headers)) == (403, "more-than-own")

    @pytest.mark.parametrize("way", ["link", "role", "enabling"])
    def test_an_admin_s_account_is_not_got_into(self, api: Running, account: Account, way: str) -> None:
        target = person(api, account.tenant_id, Role.ADMIN)
        headers = bearer(api, account, "users:write", *scopes_of(Role.ANALYST))
        path = f"/v1/users/{target.user_id}"
        if way == "link":
            answer = api.http.post(f"{path}/link", headers=headers)
        elif way == "role":
            target = person(api, account.tenant_id, Role.VIEWER)
            answer = api.http.patch(f"/v1/users/{target.user_id}", json={"role": "admin"}, headers=headers)
        else:
            answer = api.http.patch(path, json={"disabled": False}, headers=headers)
        assert problem(answer) == (403, "more-than-own")

    def test_a_client_of_more_scopes_is_not_made_nor_taken_over(self, api: Running, account: Account) -> None:
        headers = bearer(api, account, "clients:write", "alerts:read")
        made = api.http.post("/v1/clients", json={"scopes": ["alerts:read"]}, headers=headers)
        assert made.status_code == 201
        more = api.http.post("/v1/clients", json={"scopes": ["alerts:read", "models:write"]}, headers=headers)
        assert problem(more) == (403, "more-than-own")
        secret = api.http.post(f"/v1/clients/{account.client_id}/secret", headers=headers)
        assert problem(secret) == (403, "more-than-own")


class TestClients:
    def test_a_client_that_is_made_gets_tokens(self, api: Running, admin: Browser) -> None:
        made = admin.http.post("/v1/clients", json={"scopes": ["alerts:read", "events:write"]}).json()
        token = api.ask_for_token((made["client_id"], made["client_secret"]))
        assert token.json()["scope"] == "alerts:read events:write"
        (listed,) = [
            each for each in admin.http.get("/v1/clients").json() if each["client_id"] == made["client_id"]
        ]
        assert listed["revoked_at"] is None and "client_secret" not in listed

    def test_a_rotated_secret_is_the_only_one(self, api: Running, admin: Browser) -> None:
        made = admin.http.post("/v1/clients", json={"scopes": ["alerts:read"]}).json()
        new = admin.http.post(f"/v1/clients/{made['client_id']}/secret").json()
        assert api.ask_for_token((made["client_id"], made["client_secret"])).status_code == 401
        assert api.ask_for_token((made["client_id"], new["client_secret"])).status_code == 200

    def test_a_revoked_client_gets_none(self, api: Running, admin: Browser) -> None:
        made = admin.http.post("/v1/clients", json={"scopes": ["alerts:read"]}).json()
        path = f"/v1/clients/{made['client_id']}"
        assert admin.http.delete(path).status_code == 204
        assert api.ask_for_token((made["client_id"], made["client_secret"])).status_code == 401
        assert problem(admin.http.delete(path)) == (404, "unknown-client")
        assert problem(admin.http.post(f"{path}/secret")) == (404, "unknown-client")

    @pytest.mark.parametrize("scopes", [["everything"], ["tenants:write"], ["alerts:read", "tenants:read"]])
    def test_scopes_that_are_none_of_a_tenant_s(self, admin: Browser, scopes: list[str]) -> None:
        assert problem(admin.http.post("/v1/clients", json={"scopes": scopes})) == (400, "unknown-scope")
