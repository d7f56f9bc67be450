"""Every endpoint, for every scope and role, of one's own tenant and of another: who is let in, and who is not.

The table is in `service.api.access_table`, where it says how to add an endpoint: one line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from service.api.access_table import BODIES, NEEDS, OPEN, SIGNED_IN, THINGS
from service.api.people import Browser, Person, person, session_of
from service.api.running import Account, Running
from starlette.routing import Route

from api.access.clients import SCOPES, create_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.access.roles import LEAST_ROLE, Role, needs_step_up, scopes_of
from api.app import ROUTES

pytestmark = pytest.mark.service

EVERY_SCOPE = [*SCOPES, *OPERATOR_SCOPES]
GUARDED = [name for name, needed in NEEDS.items() if needed not in (OPEN, SIGNED_IN)]
IN_SESSION = [name for name, needed in NEEDS.items() if needed == SIGNED_IN]
OWN_REFUSALS = {"POST /v1/oauth/token", "POST /v1/session"}
SOMETHING = str(UUID(int=7))
"""Fits wherever a path names something; there is nothing of this name."""
KEEPS_OUT = {"unauthenticated", "insufficient-scope", "step-up-required", "cross-site-request"}
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True, slots=True)
class Callers:
    """A tenant's token for each scope alone, and users of each role."""

    api: Running
    account: Account
    tokens: Mapping[str, str]
    people: Mapping[Role, Person]
    browsers: Mapping[Role, Browser]
    stepped_up: Mapping[Role, Browser]

    def ask(self, name: str, token: str | None, **named: str) -> httpx.Response:
        """Call an endpoint with a bearer token; with a body only if it is to be taken."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        method, path = filled(name, named)
        return self.api.http.request(method, path, headers=headers, json=BODIES.get(name) if named else None)


@pytest.fixture(scope="module")
def callers(api: Running) -> Iterator[Callers]:
    account = api.tenant()
    operator = api.on_database(lambda database: create_client(database, OPERATOR, OPERATOR_SCOPES.keys()))
    tokens = {scope: api.token(account, scope=scope) for scope in SCOPES}
    of_operator = Account(OPERATOR, operator.client.client_id, operator.secret)
    tokens |= {scope: api.token(of_operator, scope=scope) for scope in OPERATOR_SCOPES}
    people = {role: person(api, account.tenant_id, role) for role in Role}
    browsers = {role: Browser(api).has(session_of(api, who)) for role, who in people.items()}
    stepped_up = {
        role: Browser(api).has(session_of(api, who, stepped_up=True)) for role, who in people.items()
    }
    yield Callers(api, account, tokens, people, browsers, stepped_up)
    for browser in (*browsers.values(), *stepped_up.values()):
        browser.http.close()


@dataclass(frozen=True, slots=True)
class Things:
    """The parameters of paths that lead to the caller's own things and to another tenant's, by the paths' beginnings."""

    own: Mapping[str, Mapping[str, str]]
    foreign: Mapping[str, Mapping[str, str]]


@pytest.fixture(scope="module")
def things(api: Running, callers: Callers) -> Things:
    def made_for(account: Account) -> Mapping[str, Mapping[str, str]]:
        return {
            beginning: {PARAMETER.findall(beginning)[-1]: make(api, account)}
            for beginning, make in THINGS.items()
        }

    return Things(made_for(callers.account), made_for(api.tenant()))


def filled(name: str, named: Mapping[str, str]) -> tuple[str, str]:
    """The method, and the path with something in place of each parameter."""
    method, _, path = name.partition(" ")
    return method, PARAMETER.sub(lambda found: named.get(found[1], SOMETHING), path)


def not_kept_out(answers: Mapping[str, httpx.Response], expected: str | None) -> Mapping[str, object]:
    """The answers that are not as expected: that keep out for this reason, or, for ``None``, let in.

    Who is let in is told by the endpoint itself what is wrong with an empty request, which does not matter here.
    """
    return {
        name: (answer.status_code, answer.text[:200])
        for name, answer in answers.items()
        if _kept_out(answer) != expected or answer.status_code == 500
    }


def _kept_out(answer: httpx.Response) -> str | None:
    if answer.status_code not in (401, 403):
        return None
    type = str(answer.json()["type"]).removeprefix("/v1/problems/")
    return type if type in KEEPS_OUT else None


def test_every_endpoint_is_in_the_table() -> None:
    served = {
        f"{method} {route.path}"
        for route in ROUTES
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served - NEEDS.keys() == set(), "add them to tests/service/api/access_table.py"
    assert NEEDS.keys() - served == set()


def test_every_scope_is_known_to_the_table_and_is_of_some_role() -> None:
    assert {NEEDS[name] for name in GUARDED} == set(EVERY_SCOPE)
    assert SCOPES.keys() - LEAST_ROLE.keys() == set(), "one line in api/access/roles.py says whose it is"


def test_every_thing_that_belongs_to_a_tenant_can_be_asked_for_by_another() -> None:
    with_id = {path for name in GUARDED if re.search(r"{\w+_id", path := name.partition(" ")[2])}
    assert {path for path in with_id if not path.startswith(tuple(THINGS))} == set()


class TestGuarded:
    """Each test goes through all endpoints, and tells of each at which it found something wrong."""

    def test_nobody_is_let_in_without_a_token(self, callers: Callers) -> None:
        answers = {name: callers.ask(name, None) for name in GUARDED}
        told = {(answer.status_code, answer.headers.get("www-authenticate")) for answer in answers.values()}
        assert told == {(401, 'Bearer realm="aurora"')}, not_kept_out(answers, "unauthenticated")
        assert not_kept_out(answers, "unauthenticated") == {}

    def test_forged_tokens_and_client_secrets_are_none(self, callers: Callers) -> None:
        answers = {name: callers.ask(name, "a.b.c") for name in GUARDED}
        assert not_kept_out(answers, "unauthenticated") == {}
        for answer in answers.values():
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        basic = (callers.account.client_id, callers.account.secret)
        answers = {name: callers.api.http.request(*filled(name, {}), auth=basic) for name in GUARDED}
        assert not_kept_out(answers, "unauthenticated") == {}

    @pytest.mark.parametrize("scope", EVERY_SCOPE)
    def test_a_scope_lets_in_where_it_is_needed_and_nowhere_else(self, callers: Callers, scope: str) -> None:
        answers = {name: callers.ask(name, callers.tokens[scope]) for name in GUARDED}
        mine = {name for name in GUARDED if NEEDS[name] == scope}
        assert not_kept_out({name: answers[name] for name in mine}, None) == {}
        others = {name: answer for name, answer in answers.items() if name not in mine}
        assert not_kept_out(others, "insufficient-scope") == {}
        for name, answer in others.items():
            challenge = f'error="insufficient_scope", scope="{NEEDS[name]}"'
            assert challenge in answer.headers["www-authenticate"]

    @pytest.mark.parametrize("role", Role)
    def test_a_role_lets_in_as_its_scopes_do(self, callers: Callers, role: Role) -> None:
        wrong: dict[str, object] = {}
        for name in GUARDED:
            answer = callers.stepped_up[role].http.request(*filled(name, {}))
            expected = None if NEEDS[name] in scopes_of(role) else "insufficient-scope"
            wrong |= not_kept_out({name: answer}, expected)
        assert wrong == {}

    @pytest.mark.parametrize("role", Role)
    def test_an_admin_s_change_needs_a_passkey(self, callers: Callers, role: Role) -> None:
        wrong: dict[str, object] = {}
        for name in GUARDED:
            answer = callers.browsers[role].http.request(*filled(name, {}))
            expected: str | None = "insufficient-scope"
            if NEEDS[name] in scopes_of(role):
                expected = "step-up-required" if needs_step_up(NEEDS[name]) else None
            wrong |= not_kept_out({name: answer}, expected)
        assert wrong == {}

    def test_a_change_from_another_site_is_refused(self, callers: Callers) -> None:
        browser, elsewhere = callers.stepped_up[Role.ADMIN], {"Origin": "https://evil.example"}
        answers = {
            name: browser.http.request(*filled(name, {}), headers=elsewhere)
            for name, needed in NEEDS.items()
            if needed != OPEN and not name.startswith("GET ")
        }
        assert not_kept_out(answers, "cross-site-request") == {}

    def test_another_tenant_s_things_are_not_there(self, callers: Callers, things: Things) -> None:
        asked = {
            name: callers.ask(name, callers.tokens[NEEDS[name]], **made).status_code
            for beginning, made in things.foreign.items()
            for name in GUARDED
            if beginning in name
        }
        assert asked and {name: status for name, status in asked.items() if status != 404} == {}

    def test_one_s_own_things_are(self, callers: Callers, things: Things) -> None:
        asked = {
            name: callers.ask(name, callers.tokens[NEEDS[name]], **made).status_code
            for beginning, made in things.own.items()
            if (name := f"GET {beginning}") in NEEDS and NEEDS[name] not in OPERATOR_SCOPES
        }
        assert asked and set(asked.values()) == {200}, asked


class TestSignedIn:
    def test_a_session_of_any_role_lets_in(self, callers: Callers) -> None:
        for name in IN_SESSION:
            for who in callers.people.values():
                # one of its own, for signing out ends it
                with Browser(callers.api) as browser:
                    browser.has(session_of(callers.api, who, stepped_up=True))
                    assert not_kept_out({name: browser.http.request(*filled(name, {}))}, None) == {}

    def test_a_token_does_not(self, callers: Callers) -> None:
        for name in IN_SESSION:
            for token in (None, *callers.tokens.values()):
                assert not_kept_out({name: callers.ask(name, token)}, "unauthenticated") == {}


def test_what_is_open_asks_for_no_token(callers: Callers) -> None:
    # the token endpoint and the page to sign in have refusals of their own
    opened = [name for name, needed in NEEDS.items() if needed == OPEN and name not in OWN_REFUSALS]
    assert not_kept_out({name: callers.ask(name, None) for name in opened}, None) == {}
