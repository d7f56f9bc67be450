"""Passkeys in a real browser: Chromium with a virtual authenticator, at the running API's own page."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect, sync_playwright
from service.api.people import PASSWORD, Browser, Person, person, session_of
from service.api.running import Running

from api.access.roles import Role

CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True, slots=True)
class Chromium:
    """A tab, and its line to the authenticator."""

    page: Page
    devtools: CDPSession

    def plug_in(self) -> str:
        """A security key that says yes to everything."""
        added = self.devtools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "usb",
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return str(added["authenticatorId"])

    def fill(self, name: str, text: str) -> None:
        """Type into the field of this name that can be seen."""
        self.page.locator(f"input[name={name}]:visible").fill(text)

    def sign_in(self, person: Person, password: str = PASSWORD) -> None:
        """At the page, as a person does."""
        self.page.goto(f"/v1/account#tenant={person.tenant_id}")
        self.fill("email", person.email)
        self.fill("password", password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("heading", name=person.email)).to_be_visible()

    def make_passkey(self, name: str) -> None:
        """In the session that there is."""
        self.fill("name", name)
        self.page.get_by_role("button", name="Make a passkey").click()

    def fetch(self, method: str, path: str, body: object = None) -> Any:
        """What the page itself is answered: the status and the body."""
        return self.page.evaluate(
            """async ([method, path, body]) => {
                const csrf_token = (await (await fetch("/v1/session")).json()).csrf_token;
                const headers = { "X-CSRF-Token": csrf_token, "Content-Type": "application/json" };
                const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
                return [answer.status, answer.status === 204 ? null : await answer.json()];
            }""",
            [method, path, body],
        )

    def cookie(self) -> str:
        """The session's token, which no script of the page can read."""
        (cookie,) = [each for each in self.page.context.cookies() if each["name"] == "aurora_session"]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        assert self.page.evaluate("document.cookie") == ""
        return cookie["value"]


@pytest.fixture(scope="module")
def chromium(api: Running) -> Iterator[Chromium]:
    assert shutil.which(CHROMIUM), "Chromium is missing; run `make setup`."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=api.settings.browser_origin)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        yield Chromium(page, devtools)
        browser.close()


@pytest.fixture
def key(chromium: Chromium) -> Iterator[str]:
    """A security key, plugged in for the test."""
    chromium.page.context.clear_cookies()
    authenticator = chromium.plug_in()
    yield authenticator
    chromium.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})


@pytest.fixture
def admin(api: Running) -> Person:
    return person(api, api.tenant().tenant_id, Role.ADMIN)


def test_an_admin_makes_a_passkey_and_shows_it_before_a_change(
    api: Running, chromium: Chromium, key: str, admin: Person
) -> None:
    chromium.sign_in(admin)
    status, problem = chromium.fetch("POST", "/v1/clients", {"scopes": ["alerts:read"]})
    assert (status, problem["type"]) == (403, "/v1/problems/step-up-required")
    chromium.make_passkey("the blue key")
    expect(chromium.page.get_by_text("The passkey is made.")).to_be_visible()
    expect(chromium.page.get_by_role("listitem")).to_have_text("the blue key")
    # to have made one is not to have shown it
    assert chromium.fetch("POST", "/v1/clients", {"scopes": ["alerts:read"]})[0] == 403
    before = chromium.cookie()
    chromium.page.get_by_role("button", name="Show a passkey").click()
    expect(chromium.page.get_by_text("changes are let through")).to_be_visible()
    assert chromium.fetch("POST", "/v1/clients", {"scopes": ["alerts:read"]})[0] == 201
    # the session has another token since, and the one of before is worth nothing
    assert chromium.cookie() != before
    with Browser(api) as thief:
        assert thief.has(before).http.get("/v1/session").status_code == 401
    told = chromium.fetch("GET", "/v1/audit")[1]
    assert [entry["action"] for entry in told[:2]] == ["client.created", "passkey.made"]


def test_a_key_that_is_not_the_user_s_is_refused(
    api: Running, chromium: Chromium, key: str, admin: Person
) -> None:
    chromium.sign_in(admin)
    chromium.make_passkey("mine")
    expect(chromium.page.get_by_role("listitem")).to_have_text("mine")
    chromium.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    chromium.page.get_by_role("button", name="Show a passkey").click()
    expect(chromium.page.locator("#message.wrong")).not_to_be_empty()
    assert chromium.fetch("POST", "/v1/clients", {"scopes": ["alerts:read"]})[0] == 403


def test_an_answer_serves_once(chromium: Chromium, key: str, admin: Person) -> None:
    chromium.sign_in(admin)
    chromium.make_passkey("mine")
    expect(chromium.page.get_by_role("listitem")).to_have_text("mine")
    options = chromium.fetch("POST", "/v1/session/step-up/options")[1]
    credential = chromium.page.evaluate(
        """async (options) => (await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)
        })).toJSON()""",
        options,
    )
    assert chromium.fetch("POST", "/v1/session/step-up", {"credential": credential})[0] == 200
    status, problem = chromium.fetch("POST", "/v1/session/step-up", {"credential": credential})
    assert (status, problem["type"]) == (400, "/v1/problems/passkey-refused")


def test_an_answer_to_another_challenge_is_refused(chromium: Chromium, key: str, admin: Person) -> None:
    chromium.sign_in(admin)
    chromium.make_passkey("mine")
    expect(chromium.page.get_by_role("listitem")).to_have_text("mine")
    options = chromium.fetch("POST", "/v1/session/step-up/options")[1]
    credential = chromium.page.evaluate(
        """async (options) => (await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)
        })).toJSON()""",
        options,
    )
    chromium.fetch("POST", "/v1/session/step-up/options")
    assert chromium.fetch("POST", "/v1/session/step-up", {"credential": credential})[0] == 400


def test_a_second_passkey_needs_the_first(api: Running, chromium: Chromium, key: str, admin: Person) -> None:
    chromium.sign_in(admin)
    chromium.make_passkey("mine")
    expect(chromium.page.get_by_role("listitem")).to_have_text("mine")
    # a thief of the cookie has no key
    with Browser(api) as thief:
        thief.has(chromium.cookie())
        answer = thief.http.post("/v1/session/passkeys/options")
        assert answer.json()["type"] == "/v1/problems/step-up-required"
        passkeys = thief.http.get("/v1/session/passkeys").json()
        gone = thief.http.delete(f"/v1/session/passkeys/{passkeys[0]['passkey_id']}")
        assert gone.json()["type"] == "/v1/problems/step-up-required"
    chromium.page.get_by_role("button", name="Show a passkey").click()
    expect(chromium.page.get_by_text("changes are let through")).to_be_visible()
    path = f"/v1/session/passkeys/{passkeys[0]['passkey_id']}"
    assert chromium.fetch("DELETE", path)[0] == 204
    assert chromium.fetch("GET", "/v1/session/passkeys")[1] == []


def test_another_user_s_passkey_is_not_there(
    api: Running, chromium: Chromium, key: str, admin: Person
) -> None:
    chromium.sign_in(admin)
    chromium.make_passkey("mine")
    expect(chromium.page.get_by_role("listitem")).to_have_text("mine")
    (passkey,) = chromium.fetch("GET", "/v1/session/passkeys")[1]
    for other in (person(api, admin.tenant_id, Role.ADMIN), person(api, api.tenant().tenant_id, Role.ADMIN)):
        with Browser(api) as browser:
            browser.has(session_of(api, other, stepped_up=True))
            path = f"/v1/session/passkeys/{passkey['passkey_id']}"
            assert browser.http.delete(path).status_code == 404
            assert browser.http.get("/v1/session/passkeys").json() == []


def test_an_invitation_leads_to_an_account(api: Running, chromium: Chromium, key: str, admin: Person) -> None:
    with Browser(api) as browser:
        browser.has(session_of(api, admin, stepped_up=True))
        invited = browser.http.post("/v1/users", json={"email": "bob@shop.example", "role": "analyst"}).json()
    assert invited["link"].startswith(f"{api.settings.browser_origin}/v1/account#link=")
    chromium.page.goto(invited["link"])
    chromium.fill("password", "qwertyuiop123")
    chromium.page.get_by_role("button", name="Set the password").click()
    expect(chromium.page.locator("#message.wrong")).to_contain_text("guessed first")
    chromium.fill("password", "seven teapots hum along")
    chromium.page.get_by_role("button", name="Set the password").click()
    expect(chromium.page.get_by_text("You are an analyst.")).to_be_visible()
    chromium.page.get_by_role("button", name="Sign out").click()
    expect(chromium.page.get_by_text("You are signed out.")).to_be_visible()
    with Browser(api) as browser:
        who = Person(admin.user_id, admin.tenant_id, "bob@shop.example")
        assert browser.sign_in(who, "seven teapots hum along").status_code == 200
        dead = browser.http.post(
            "/v1/session/link", json={"token": invited["link"].partition("=")[2], "password": PASSWORD}
        )
        assert dead.json()["type"] == "/v1/problems/dead-link"
