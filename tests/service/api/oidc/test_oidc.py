"""Signing in at an identity provider: a real one that signs tokens, and one that lies in every way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from service.api.oidc.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from service.api.people import Browser, person, session_of
from service.api.running import Account, Running

from api.access.roles import Role


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant whose users sign in at the provider."""

    api: Running
    account: Account
    provider: Provider

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api.token(self.account)}"}

    def leave(self, browser: Browser) -> httpx.Response:
        """Go to the provider; its answer, which sends back."""
        away = browser.http.get(f"/v1/session/oidc?tenant_id={self.account.tenant_id}")
        assert away.status_code == 303, away.text
        assert away.headers["location"].startswith(f"{self.provider.issuer}/authorize?")
        return httpx.get(away.headers["location"])

    def sign_in(self, browser: Browser) -> str | None:
        """All the way; why it was refused, if it was."""
        return told(self.come_back(browser, self.leave(browser)))

    def come_back(self, browser: Browser, sent_back: httpx.Response) -> httpx.Response:
        target = urlsplit(sent_back.headers["location"])
        assert f"{target.scheme}://{target.netloc}" == self.api.settings.browser_origin
        return browser.http.get(f"{target.path}?{target.query}")


def told(answer: httpx.Response) -> str | None:
    assert answer.status_code == 303
    path, _, fragment = answer.headers["location"].partition("#")
    assert path == "/v1/account"
    return parse_qs(fragment)["refused"][0] if fragment else None


def settings(provider: Provider, **others: Any) -> dict[str, Any]:
    return {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "email_domains": ["shop.example"],
        **others,
    }


@pytest.fixture
def shop(api: Running, server: Provider) -> Shop:
    server.tell_the_truth()
    shop = Shop(api, api.tenant(), server)
    answer = api.http.put("/v1/identity-provider", json=settings(server), headers=shop.bearer())
    assert answer.status_code == 200, answer.text
    return shop


@pytest.fixture
def browser(api: Running) -> Iterator[Browser]:
    with Browser(api) as browser:
        yield browser


class TestSigningIn:
    def test_whoever_is_new_becomes_a_viewer(self, shop: Shop, browser: Browser) -> None:
        assert shop.sign_in(browser) is None
        who = browser.http.get("/v1/session").json()
        assert (who["email"], who["role"]) == ("ada@shop.example", "viewer")
        assert who["tenant_id"] == str(shop.account.tenant_id)
        (entry,) = shop.api.http.get("/v1/audit?action=user.joined", headers=shop.bearer()).json()
        assert entry["actor"] == {"kind": "user", "id": who["user_id"]}

    def test_the_same_subject_is_the_same_user_whatever_the_address(
        self, shop: Shop, browser: Browser
    ) -> None:
        shop.sign_in(browser)
        first = browser.http.get("/v1/session").json()
        shop.provider.email, shop.provider.email_verified = "ada@elsewhere.example", False
        assert shop.sign_in(browser) is None
        assert browser.http.get("/v1/session").json()["user_id"] == first["user_id"]

    def test_another_subject_with_a_known_address_is_linked_once(self, shop: Shop, browser: Browser) -> None:
        known = person(shop.api, shop.account.tenant_id, Role.ANALYST)
        shop.provider.email = known.email
        assert shop.sign_in(browser) is None
        who = browser.http.get("/v1/session").json()
        assert (who["user_id"], who["role"]) == (str(known.user_id), "analyst")

    def test_one_tenant_s_subject_is_nobody_at_another(self, shop: Shop, browser: Browser) -> None:
        shop.sign_in(browser)
        other = Shop(shop.api, shop.api.tenant(), shop.provider)
        shop.api.http.put("/v1/identity-provider", json=settings(shop.provider), headers=other.bearer())
        with Browser(shop.api) as elsewhere:
            assert other.sign_in(elsewhere) is None
            there = elsewhere.http.get("/v1/session").json()
        assert there["tenant_id"] == str(other.account.tenant_id)
        assert there["user_id"] != browser.http.get("/v1/session").json()["user_id"]

    def test_a_disabled_user_stays_out(self, shop: Shop, browser: Browser) -> None:
        shop.sign_in(browser)
        who = browser.http.get("/v1/session").json()
        path = f"/v1/users/{who['user_id']}"
        assert shop.api.http.patch(path, json={"disabled": True}, headers=shop.bearer()).status_code == 200
        assert browser.http.get("/v1/session").status_code == 401
        assert "disabled" in (shop.sign_in(browser) or "")

    def test_the_provider_is_told_only_what_it_needs(self, shop: Shop, browser: Browser) -> None:
        shop.sign_in(browser)
        assert shop.provider.asked.keys() == {
            *("response_type", "client_id", "redirect_uri", "scope"),
            *("state", "nonce", "code_challenge", "code_challenge_method"),
        }


LIES: list[dict[str, Any]] = [
    {"claims": {"iss": "https://evil.example"}},
    {"claims": {"aud": "another client"}},
    {"claims": {"aud": [CLIENT_ID, "another client"]}},
    {"claims": {"azp": "another client"}},
    {"claims": {"nonce": "another"}},
    {"claims": {"exp": 1_000_000_000}},
    {"claims": {"iat": 4_000_000_000}},
    {"claims": {"sub": ""}},
    {"signing_key": RSAKey.generate_key(2048)},
    {"signing_key": OctKey.import_key("s3cret: with a colon & more" * 2), "algorithm": "HS256"},
]
STRANGERS: list[dict[str, Any]] = [
    {"email": "eve@evil.example"},
    {"email": "eve@notshop.example"},
    {"email_verified": False},
    {"email_verified": None},
    {"email": None},
    {"email": "ada@shop.example@evil.example"},
]


def _named(lie: dict[str, Any]) -> str:
    """A lie's name is the same in every process, which that of a new key is not."""
    return str({name: "another" if name == "signing_key" else value for name, value in lie.items()})


class TestRefusing:
    @pytest.mark.parametrize("lie", LIES, ids=_named)
    def test_a_token_that_is_not_right(self, shop: Shop, browser: Browser, lie: dict[str, Any]) -> None:
        for name, value in lie.items():
            setattr(shop.provider, name, value)
        assert "identity provider does not answer as it should" in (shop.sign_in(browser) or "")
        assert browser.cookie is None

    @pytest.mark.parametrize("stranger", STRANGERS, ids=str)
    def test_an_address_that_it_is_not_trusted_with(
        self, shop: Shop, browser: Browser, stranger: dict[str, Any]
    ) -> None:
        for name, value in stranger.items():
            setattr(shop.provider, name, value)
        assert "no confirmed e-mail address" in (shop.sign_in(browser) or "")
        assert browser.cookie is None

    def test_an_answer_that_another_browser_began(self, shop: Shop, browser: Browser) -> None:
        with Browser(shop.api) as attacker:
            sent_back = shop.leave(attacker)
        assert "not begun in this browser" in (told(shop.come_back(browser, sent_back)) or "")
        shop.leave(browser)
        assert "not begun in this browser" in (told(shop.come_back(browser, sent_back)) or "")
        assert browser.cookie is None

    def test_an_answer_that_was_used(self, shop: Shop, browser: Browser) -> None:
        sent_back = shop.leave(browser)
        cookie = browser.http.cookies.get("aurora_oidc")
        assert told(shop.come_back(browser, sent_back)) is None
        browser.http.cookies.set("aurora_oidc", cookie or "", domain="127.0.0.1", path="/")
        assert "not begun in this browser" in (told(shop.come_back(browser, sent_back)) or "")

    def test_a_person_whom_the_provider_refuses(self, shop: Shop, browser: Browser) -> None:
        shop.provider.refusal = "access_denied"
        assert "did not let you in" in (shop.sign_in(browser) or "")

    def test_a_tenant_without_a_provider(self, api: Running, browser: Browser) -> None:
        for tenant_id in (api.tenant().tenant_id, "nothing"):
            answer = browser.http.get(f"/v1/session/oidc?tenant_id={tenant_id}")
            assert told(answer) is not None


class TestIdentityProvider:
    def test_its_secret_is_told_to_nobody(self, shop: Shop) -> None:
        answer = shop.api.http.get("/v1/identity-provider", headers=shop.bearer())
        assert answer.json()["redirect_uri"].endswith("/v1/session/oidc/callback")
        audit = shop.api.http.get("/v1/audit", headers=shop.bearer())
        for text in (answer.text, audit.text):
            assert CLIENT_ID in text and CLIENT_SECRET not in text

    @pytest.mark.parametrize(
        "issuer",
        [
            "http://login.shop.example",
            "https://10.0.0.1",
            "https://169.254.169.254",
            "https://[::ffff:10.0.0.1]",
            "ftp://login.shop.example",
            "no address",
        ],
    )
    def test_it_must_be_at_a_public_place(self, shop: Shop, issuer: str) -> None:
        wanted = settings(shop.provider, issuer=issuer)
        answer = shop.api.http.put("/v1/identity-provider", json=wanted, headers=shop.bearer())
        assert (answer.status_code, answer.json()["type"]) == (422, "/v1/problems/bad-identity-provider")

    def test_it_must_name_itself_as_it_was_named(self, shop: Shop) -> None:
        wanted = settings(shop.provider, issuer=f"{shop.provider.issuer}/")
        answer = shop.api.http.put("/v1/identity-provider", json=wanted, headers=shop.bearer())
        assert answer.status_code == 422

    def test_who_may_do_less_than_an_admin_cannot_say_who_is_one(self, shop: Shop) -> None:
        token = shop.api.token(shop.account, scope="users:write users:read")
        answer = shop.api.http.put(
            "/v1/identity-provider",
            json=settings(shop.provider),
            headers={"Authorization": f"Bearer {token}"},
        )
        assert (answer.status_code, answer.json()["type"]) == (403, "/v1/problems/more-than-own")

    def test_removed_it_lets_nobody_in(self, shop: Shop, browser: Browser) -> None:
        sent_back = shop.leave(browser)
        assert shop.api.http.delete("/v1/identity-provider", headers=shop.bearer()).status_code == 204
        assert told(shop.come_back(browser, sent_back)) is not None
        assert shop.api.http.get("/v1/identity-provider", headers=shop.bearer()).status_code == 404


def test_a_user_who_came_from_there_needs_a_passkey_too(shop: Shop, browser: Browser) -> None:
    admin = person(shop.api, shop.account.tenant_id, Role.ADMIN)
    shop.provider.email = admin.email
    assert shop.sign_in(browser) is None
    browser.http.headers["X-CSRF-Token"] = browser.http.get("/v1/session").json()["csrf_token"]
    refused = browser.http.post("/v1/clients", json={"scopes": ["alerts:read"]})
    assert refused.json()["type"] == "/v1/problems/step-up-required"
    browser.has(session_of(shop.api, admin, stepped_up=True))
    assert browser.http.post("/v1/clients", json={"scopes": ["alerts:read"]}).status_code == 201
