"""Tokens at the running API: for which tenant, and for how long. Who gets in where: `test_access_matrix`."""

import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from service.api.running import Running

from api.access.account_watch import IMPATIENT_SECONDS
from api.access.clients import revoke_client
from api.access.key_store import rotate_key
from api.access.keys import KeyRing, SigningKey
from api.access.sealing import key_of
from api.access.tokens import AUDIENCE, TokenRules
from api.clock import utc_now

pytestmark = pytest.mark.service


def ask(api: Running, method: str, path: str, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return api.http.request(method, path, headers=headers)


def make_the_api_read_accounts(api: Running) -> None:
    """It does so when it meets a key that it does not know, but not at once again."""
    time.sleep(IMPATIENT_SECONDS)
    now = utc_now()
    rules = TokenRules(api.settings.issuer, api.settings.token_lifetime)
    account = api.tenant()
    (client,) = api.clients(account)
    forged = rules.issue(client, client.scopes, KeyRing((SigningKey.generate(now, now),)), now)
    assert ask(api, "GET", "/v1/stock/alerts", forged).status_code == 401


def test_a_revoked_client_is_out(api: Running) -> None:
    account = api.tenant()
    token = api.token(account)
    assert ask(api, "GET", "/v1/stock/alerts", token).status_code != 401
    api.on_database(lambda database: revoke_client(database, account.client_id))
    make_the_api_read_accounts(api)
    assert ask(api, "GET", "/v1/stock/alerts", token).status_code == 401


class TestTenants:
    def test_a_token_names_the_client_s_own_tenant(self, api: Running) -> None:
        one, other = api.tenant(), api.tenant()
        keys = KeySet.import_key_set(api.http.get("/.well-known/jwks.json").json())
        for account in (one, other):
            claims = jwt.decode(api.token(account), keys, ["ES256"]).claims
            assert claims["tenant_id"] == str(account.tenant_id)
            assert claims["sub"] == account.client_id
            assert (claims["iss"], claims["aud"]) == (api.settings.issuer, AUDIENCE)

    def test_one_tenant_s_secret_does_not_open_another_s_client(self, api: Running) -> None:
        one, other = api.tenant(), api.tenant()
        assert api.ask_for_token((one.client_id, other.secret)).status_code == 401

    def test_a_tenant_cannot_be_asked_for(self, api: Running) -> None:
        one, other = api.tenant(), api.tenant()
        keys = KeySet.import_key_set(api.http.get("/.well-known/jwks.json").json())
        token = api.token(one, tenant_id=str(other.tenant_id), audience="other", sub=other.client_id)
        assert jwt.decode(token, keys, ["ES256"]).claims["tenant_id"] == str(one.tenant_id)


class TestKeys:
    def test_published_keys_verify_tokens_and_may_be_cached(self, api: Running) -> None:
        answer = api.http.get("/.well-known/jwks.json")
        assert answer.headers["content-type"] == "application/jwk-set+json"
        assert answer.headers["cache-control"] == "public, max-age=300"
        for key in answer.json()["keys"]:
            assert key.keys() == {"kty", "crv", "x", "y", "use", "alg", "kid"}

    def test_a_rotation_publishes_the_new_key_and_keeps_live_tokens(self, api: Running) -> None:
        token = api.token(api.tenant())
        before = {key["kid"] for key in api.http.get("/.well-known/jwks.json").json()["keys"]}
        encryption_key = key_of(api.settings.encryption_key)
        rotation = api.on_database(
            lambda database: rotate_key(database, encryption_key, utc_now(), api.settings.token_lifetime)
        )
        make_the_api_read_accounts(api)
        after = {key["kid"] for key in api.http.get("/.well-known/jwks.json").json()["keys"]}
        assert after == before | {rotation.new.kid}
        assert ask(api, "GET", "/v1/stock/alerts", token).status_code != 401

    def test_metadata_leads_to_the_endpoints(self, api: Running) -> None:
        metadata = api.http.get("/.well-known/oauth-authorization-server").json()
        issuer = metadata["issuer"]
        assert issuer == api.settings.issuer
        assert metadata["grant_types_supported"] == ["client_credentials"]
        jwks_path = metadata["jwks_uri"].removeprefix(issuer)
        assert api.http.get(jwks_path).status_code == 200
        assert api.http.post(metadata["token_endpoint"].removeprefix(issuer)).status_code == 400
