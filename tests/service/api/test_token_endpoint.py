"""The token endpoint, as RFC 6749 wants it, over each kind of database."""

import base64
from urllib.parse import quote_plus

import httpx
import pytest
from service.api.running import Running

from api.access.clients import SCOPES, revoke_client
from api.access.tenants import resume_tenant, suspend_tenant

pytestmark = pytest.mark.service


def assert_error(answer: httpx.Response, status: int, error: str) -> None:
    """The answer is an error in the RFC's form."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.json().keys() == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["content-type"] == "application/json"


class TestTokens:
    def test_basic_authentication_gives_a_token_with_all_scopes(self, api: Running) -> None:
        tenant = api.tenant()
        answer = api.ask_for_token((tenant.client_id, tenant.secret))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body.keys() == {"access_token", "token_type", "expires_in", "scope"}
        expected = ("Bearer", 3600, " ".join(sorted(SCOPES)))
        assert (body["token_type"], body["expires_in"], body["scope"]) == expected

    def test_form_authentication_gives_a_token(self, api: Running) -> None:
        tenant = api.tenant()
        answer = api.ask_for_token(None, client_id=tenant.client_id, client_secret=tenant.secret)
        assert answer.status_code == 200

    def test_scope_narrows(self, api: Running) -> None:
        tenant = api.tenant()
        answer = api.ask_for_token((tenant.client_id, tenant.secret), scope="alerts:read")
        assert answer.json()["scope"] == "alerts:read"

    def test_a_parameter_without_value_is_as_if_it_were_not_there(self, api: Running) -> None:
        tenant = api.tenant("alerts:read")
        answer = api.ask_for_token((tenant.client_id, tenant.secret), scope="", unknown="ignored")
        assert answer.json()["scope"] == "alerts:read"

    def test_basic_credentials_are_form_encoded_first(self, api: Running) -> None:
        tenant = api.tenant()
        pair = f"{quote_plus(tenant.client_id.replace('_', '%5F'), safe='%')}:{quote_plus(tenant.secret)}"
        answer = api.http.post(
            "/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()},
        )
        assert answer.status_code == 200, answer.text


class TestRefusals:
    def test_wrong_secret(self, api: Running) -> None:
        answer = api.ask_for_token((api.tenant().client_id, "wrong"))
        assert_error(answer, 401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")

    def test_unknown_and_known_client_are_answered_alike(self, api: Running) -> None:
        known = api.ask_for_token((api.tenant().client_id, "wrong"))
        for unknown in ("nobody", "x" * 500, "null\x00byte", "Zürich"):
            answer = api.ask_for_token((unknown, "wrong"))
            assert (answer.status_code, answer.content) == (known.status_code, known.content)

    def test_no_authentication(self, api: Running) -> None:
        assert_error(api.ask_for_token(None), 401, "invalid_client")

    def test_two_authentications(self, api: Running) -> None:
        tenant = api.tenant()
        answer = api.ask_for_token(
            (tenant.client_id, tenant.secret), client_id=tenant.client_id, client_secret=tenant.secret
        )
        assert_error(answer, 400, "invalid_request")

    @pytest.mark.parametrize("header", ["Bearer x", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /w=="])
    def test_unreadable_authorization(self, api: Running, header: str) -> None:
        answer = api.http.post(
            "/v1/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
        )
        assert_error(answer, 401, "invalid_client")

    def test_other_grants(self, api: Running) -> None:
        tenant = api.tenant()
        auth = (tenant.client_id, tenant.secret)
        assert_error(api.http.post("/v1/oauth/token", data={"scope": "x"}, auth=auth), 400, "invalid_request")
        password = api.http.post("/v1/oauth/token", data={"grant_type": "password"}, auth=auth)
        assert_error(password, 400, "unsupported_grant_type")

    @pytest.mark.parametrize(
        "scope", ["events:write", "nonsense", "alerts:read nonsense", " ", "a  b", 'a"b']
    )
    def test_scope_that_the_client_does_not_have(self, api: Running, scope: str) -> None:
        tenant = api.tenant("alerts:read")
        assert_error(api.ask_for_token((tenant.client_id, tenant.secret), scope=scope), 400, "invalid_scope")

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("application/json", b'{"grant_type": "client_credentials"}'),
            ("", b"grant_type=client_credentials"),
            ("application/x-www-form-urlencoded", b"grant_type=a&grant_type=b"),
            ("application/x-www-form-urlencoded", b"grant_type=%ff"),
            ("application/x-www-form-urlencoded", b"\xff\xfe"),
            ("application/x-www-form-urlencoded", b"grant_type"),
            ("application/x-www-form-urlencoded", b"&".join(b"a%d=b" % i for i in range(100))),
        ],
    )
    def test_what_is_not_a_form(self, api: Running, content_type: str, body: bytes) -> None:
        answer = api.http.post("/v1/oauth/token", content=body, headers={"Content-Type": content_type})
        assert_error(answer, 400, "invalid_request")

    def test_too_large_a_form(self, api: Running) -> None:
        assert_error(api.ask_for_token(None, scope="x" * 10_000), 413, "invalid_request")

    def test_other_methods(self, api: Running) -> None:
        answer = api.http.get("/v1/oauth/token")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        assert answer.headers["content-type"] == "application/problem+json"


class TestGuessing:
    def test_guessing_one_client_is_stopped_and_others_are_not(self, api: Running) -> None:
        tenant, other = api.tenant(), api.tenant()
        answers = [api.ask_for_token((tenant.client_id, "wrong")) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
        assert_error(answers[-1], 429, "temporarily_unavailable")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 12
        # the right secret tells a guesser nothing either
        assert api.ask_for_token((tenant.client_id, tenant.secret)).status_code == 429
        assert api.ask_for_token((other.client_id, other.secret)).status_code == 200

    def test_success_is_never_limited(self, api: Running) -> None:
        tenant = api.tenant()
        answers = [api.ask_for_token((tenant.client_id, tenant.secret)) for _ in range(10)]
        assert {answer.status_code for answer in answers} == {200}


class TestLostAccess:
    def test_a_revoked_client_gets_no_token(self, api: Running) -> None:
        tenant = api.tenant()
        api.on_database(lambda database: revoke_client(database, tenant.client_id))
        assert_error(api.ask_for_token((tenant.client_id, tenant.secret)), 401, "invalid_client")

    def test_a_suspended_tenant_gets_no_token_until_it_is_resumed(self, api: Running) -> None:
        tenant = api.tenant()
        api.on_database(lambda database: suspend_tenant(database, tenant.tenant_id))
        assert_error(api.ask_for_token((tenant.client_id, tenant.secret)), 401, "invalid_client")
        api.on_database(lambda database: resume_tenant(database, tenant.tenant_id))
        assert api.ask_for_token((tenant.client_id, tenant.secret)).status_code == 200
