"""Users sign in at the running API, and out, and stay no longer than they should."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from service.api.people import PASSWORD, Browser, Person, person, session_of
from service.api.running import Running

from api.access.attempts import TooManyFailures
from api.access.roles import Role, scopes_of
from api.access.tenants import resume_tenant, suspend_tenant
from api.clock import utc_now
from api.database import Database
from api.sessions import lockout
from api.sessions.lockout import Attempt
from api.users.tables import FailedSignInRow


def fail(api: Running, tenant_id: UUID, attempts: Sequence[tuple[str, str]]) -> Sequence[int]:
    """Failed attempts on these addresses from those networks, each after its pause; the seconds of the pauses."""

    async def begin(database: Database) -> Sequence[int]:
        waits, now = [], utc_now()
        for email, network in attempts:
            attempt = Attempt.at(tenant_id, email, network)
            await lockout.begin(database, attempt, now)
            async with database.transaction() as session:
                row = await session.get_one(FailedSignInRow, attempt.account)
            waits.append(round((row.blocked_until - now).total_seconds()))
            now = max(now, row.blocked_until)
        return waits

    return api.on_database(begin)


@pytest.fixture
def browser(api: Running) -> Iterator[Browser]:
    with Browser(api) as browser:
        yield browser


@pytest.fixture
def ada(api: Running) -> Person:
    return person(api, api.tenant().tenant_id, Role.ANALYST)


class TestSigningIn:
    def test_it_gives_a_session_that_endpoints_take(self, browser: Browser, ada: Person) -> None:
        answer = browser.sign_in(ada)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["role"] == "analyst"
        assert set(answer.json()["scopes"]) == scopes_of(Role.ANALYST)
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
        who = browser.http.get("/v1/session").json()
        assert (who["user_id"], who["email"]) == (str(ada.user_id), ada.email)
        # let in, whatever the store of predictions says
        assert browser.http.get("/v1/stock/alerts").status_code in (200, 503)

    def test_the_session_of_before_ends(self, browser: Browser, ada: Person) -> None:
        browser.sign_in(ada)
        before = browser.cookie
        browser.sign_in(ada)
        assert before and browser.cookie != before
        with Browser(browser.api) as thief:
            assert thief.has(before).http.get("/v1/session").status_code == 401

    def test_a_token_of_the_browser_s_own_choice_is_not_taken(self, browser: Browser, ada: Person) -> None:
        browser.has("chosen")
        browser.sign_in(ada)
        assert browser.cookie not in (None, "chosen")

    @pytest.mark.parametrize("wrong", ["password", "email", "tenant"])
    def test_a_refusal_tells_nothing(self, browser: Browser, ada: Person, wrong: str) -> None:
        body = {"tenant_id": str(ada.tenant_id), "email": ada.email, "password": PASSWORD}
        body |= {
            "password": {"password": "another one of mine"},
            "email": {"email": "nobody@shop.example"},
            "tenant": {"tenant_id": str(uuid4())},
        }[wrong]
        answer = browser.http.post("/v1/session", json=body)
        assert answer.status_code == 401
        assert answer.json()["type"] == "/v1/problems/sign-in-refused"
        assert answer.json()["detail"] == "There is no such user, or the password is another."
        assert "set-cookie" not in answer.headers

    def test_another_tenant_s_user_is_not_let_in(self, api: Running, browser: Browser, ada: Person) -> None:
        other = Person(ada.user_id, api.tenant().tenant_id, ada.email)
        assert browser.sign_in(other).status_code == 401

    def test_capitals_in_the_address_do_not_matter(self, browser: Browser, ada: Person) -> None:
        shouted = Person(ada.user_id, ada.tenant_id, ada.email.upper())
        assert browser.sign_in(shouted).status_code == 200

    def test_a_suspended_tenant_s_users_are_out(self, api: Running, browser: Browser, ada: Person) -> None:
        browser.sign_in(ada)
        api.on_database(lambda database: suspend_tenant(database, ada.tenant_id))
        assert browser.http.get("/v1/session").status_code == 401
        assert browser.sign_in(ada).status_code == 401
        api.on_database(lambda database: resume_tenant(database, ada.tenant_id))
        assert browser.sign_in(ada).status_code == 200


class TestLockout:
    def test_an_account_costs_growing_pauses_whether_it_exists_or_not(
        self, api: Running, ada: Person
    ) -> None:
        nobody = Person(uuid4(), ada.tenant_id, "nobody@shop.example")
        told = []
        for target in (ada, nobody):
            # from everywhere: it is the account that is locked
            waits = fail(api, target.tenant_id, [(target.email, f"10.99.0.{each}") for each in range(9)])
            assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16]
            with Browser(api) as browser:
                answer = browser.sign_in(target)
            assert 16 <= int(answer.headers["retry-after"]) <= 30
            told.append((answer.status_code, answer.json()["type"], answer.json()["detail"]))
        assert told[0] == told[1]
        assert told[0][:2] == (429, "/v1/problems/too-many-attempts")

    def test_a_network_is_locked_out_of_every_account(
        self, api: Running, browser: Browser, ada: Person
    ) -> None:
        address = browser.http.headers["X-Forwarded-For"]
        others = [(f"nobody{each}@shop.example", address) for each in range(51)]
        assert fail(api, ada.tenant_id, others) == [0] * 51
        assert browser.sign_in(ada).status_code == 429
        with Browser(api) as elsewhere:
            assert elsewhere.sign_in(ada).status_code == 200

    def test_many_at_once_do_not_slip_through(self, api: Running, ada: Person) -> None:
        async def at_once(database: Database) -> int:
            attempt, now = Attempt.at(ada.tenant_id, ada.email, "10.98.0.1"), utc_now()
            answers = await asyncio.gather(
                *(lockout.begin(database, attempt, now) for _ in range(20)), return_exceptions=True
            )
            assert all(answer is None or isinstance(answer, TooManyFailures) for answer in answers)
            return sum(answer is None for answer in answers)

        assert api.on_database(at_once) == 6

    def test_success_forgets_the_failures(self, browser: Browser, ada: Person) -> None:
        for _ in range(2):
            for _ in range(4):
                assert browser.sign_in(ada, "another one of mine").status_code == 401
            assert browser.sign_in(ada).status_code == 200


class TestSession:
    def test_signing_out_ends_it(self, browser: Browser, ada: Person) -> None:
        browser.sign_in(ada)
        token = browser.cookie
        answer = browser.http.delete("/v1/session")
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert browser.cookie is None
        assert token and browser.has(token).http.get("/v1/session").status_code == 401

    def test_it_ends_when_nothing_comes_for_long(self, api: Running, browser: Browser, ada: Person) -> None:
        longest = api.settings.session_idle
        token = session_of(api, ada, at=utc_now() - longest + timedelta(seconds=30))
        assert browser.has(token).http.get("/v1/session").status_code == 200
        token = session_of(api, ada, at=utc_now() - longest - timedelta(seconds=1))
        assert browser.has(token).http.get("/v1/session").status_code == 401

    def test_a_request_keeps_it_alive(self, api: Running, browser: Browser, ada: Person) -> None:
        token = session_of(api, ada, at=utc_now() - api.settings.session_idle + timedelta(seconds=2))
        assert browser.has(token).http.get("/v1/session").status_code == 200
        time.sleep(2.1)
        assert (
            browser.http.get("/v1/session").status_code == 200
        ), "past the time at which it would have ended"

    def test_a_change_of_role_counts_at_once(self, api: Running, browser: Browser, ada: Person) -> None:
        browser.sign_in(ada)
        assert browser.http.get("/v1/models").status_code in (200, 503)
        admin = person(api, ada.tenant_id, Role.ADMIN)
        with Browser(api) as boss:
            boss.has(session_of(api, admin, stepped_up=True))
            assert boss.http.patch(f"/v1/users/{ada.user_id}", json={"role": "viewer"}).status_code == 200
        refused = browser.http.get("/v1/models")
        assert refused.status_code == 403
        assert 'scope="models:read"' in refused.headers["www-authenticate"]


class TestCrossSite:
    @pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
    def test_a_change_from_elsewhere_is_refused(
        self, browser: Browser, ada: Person, origin: str | None
    ) -> None:
        browser.sign_in(ada)
        del browser.http.headers["origin"]
        headers = {} if origin is None else {"Origin": origin}
        answer = browser.http.delete("/v1/session", headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "/v1/problems/cross-site-request"
        assert browser.http.get("/v1/session").status_code == 200

    @pytest.mark.parametrize("token", ["", "0" * 64])
    def test_a_change_without_the_token_is_refused(self, browser: Browser, ada: Person, token: str) -> None:
        browser.sign_in(ada)
        assert browser.http.delete("/v1/session", headers={"X-CSRF-Token": token}).status_code == 403

    def test_another_session_s_token_is_none(self, api: Running, browser: Browser, ada: Person) -> None:
        browser.sign_in(ada)
        with Browser(api) as other:
            other.sign_in(ada)
            theirs = other.http.headers["X-CSRF-Token"]
        assert browser.http.delete("/v1/session", headers={"X-CSRF-Token": theirs}).status_code == 403

    def test_another_site_signs_nobody_in(self, browser: Browser, ada: Person) -> None:
        browser.http.headers["origin"] = "https://evil.example"
        assert browser.sign_in(ada).status_code == 403
