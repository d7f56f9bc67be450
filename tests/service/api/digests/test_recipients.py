"""``/v1/digests`` of a running API: who is added, and the links by which people answer themselves."""

from uuid import uuid4

import httpx
import pytest
from service.api.conftest import SECRET
from service.api.running import Account, Running

from api.access.sealing import key_of
from api.digests.link_tokens import LinkTokens, Purpose

pytestmark = pytest.mark.service

URL = "/v1/digests/recipients"
TOKENS = LinkTokens(key_of(SECRET))


class Shop:
    """A tenant with a token for its recipients."""

    def __init__(self, api: Running, *scopes: str) -> None:
        account: Account = api.tenant(*scopes or ("digests:read", "digests:write"))
        self._http = api.http
        self._bearer = {"Authorization": f"Bearer {api.token(account)}"}

    def call(self, method: str, url: str = URL, json: object = None) -> httpx.Response:
        return self._http.request(method, url, json=json, headers=self._bearer)

    def add(self, address: str = "planner@shop.example") -> str:
        """The id of a new recipient."""
        answer = self.call("POST", json={"address": address})
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["recipient_id"])

    def states(self) -> dict[str, str]:
        """By address."""
        return {each["address"]: each["state"] for each in self.call("GET").json()}


def link(recipient_id: str, purpose: Purpose) -> str:
    return f"/v1/digests/{purpose}?token={TOKENS.token(recipient_id, purpose)}"


@pytest.fixture
def shop(api: Running) -> Shop:
    return Shop(api)


def test_a_recipient_is_added_once_listed_and_removed(shop: Shop) -> None:
    first = shop.call("POST", json={"address": "Planner@SHOP.example"})
    assert first.status_code == 201
    assert (first.json()["address"], first.json()["state"]) == ("Planner@shop.example", "pending")
    assert shop.call("POST", json={"address": "Planner@shop.example"}).status_code == 200
    assert shop.states() == {"Planner@shop.example": "pending"}
    assert shop.call("DELETE", first.headers["Location"]).status_code == 204
    assert shop.call("DELETE", first.headers["Location"]).status_code == 404
    assert shop.states() == {}


@pytest.mark.parametrize(
    "address",
    ["", "planner", "planner@shop", "a b@shop.example", f"{'x' * 300}@shop.example", "é@shop.example"],
)
def test_what_is_no_address_is_refused(shop: Shop, address: str) -> None:
    answer = shop.call("POST", json={"address": address})
    assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/bad-address")


def test_only_the_person_says_yes(shop: Shop, api: Running) -> None:
    url = link(shop.add(), Purpose.CONFIRM)
    # to look changes nothing: mail programs and scanners look
    page = api.http.get(url)
    assert page.status_code == 200
    assert '<form method="post"><button>' in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]
    assert shop.states() == {"planner@shop.example": "pending"}
    assert api.http.post(url).status_code == 200
    assert shop.states() == {"planner@shop.example": "active"}


def test_a_mail_program_unsubscribes_by_one_request(shop: Shop, api: Running) -> None:
    recipient_id = shop.add()
    api.http.post(link(recipient_id, Purpose.CONFIRM))
    url = link(recipient_id, Purpose.UNSUBSCRIBE)
    assert api.http.get(url).status_code == 200
    assert shop.states() == {"planner@shop.example": "active"}
    # as RFC 8058 has it: no cookie, no redirect
    answer = api.http.post(url, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.is_redirect) == (200, False)
    assert shop.states() == {"planner@shop.example": "unsubscribed"}
    # an old letter's yes does not undo it, and a second no is none too many
    api.http.post(link(recipient_id, Purpose.CONFIRM))
    assert api.http.post(url).status_code == 200
    assert shop.states() == {"planner@shop.example": "unsubscribed"}
    # who is added again is asked again
    shop.add()
    assert shop.states() == {"planner@shop.example": "pending"}


def test_a_link_of_no_letter_is_none(shop: Shop, api: Running) -> None:
    recipient_id = shop.add()
    confirm = TOKENS.token(recipient_id, Purpose.CONFIRM)
    for token in (confirm, f"{confirm}x", recipient_id, "", f"{recipient_id}."):
        answer = api.http.post(f"/v1/digests/unsubscribe?token={token}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/unknown-link")


def test_a_link_of_someone_forgotten_still_answers(shop: Shop, api: Running) -> None:
    recipient_id = shop.add()
    shop.call("DELETE", f"{URL}/{recipient_id}")
    answer = api.http.post(link(recipient_id, Purpose.UNSUBSCRIBE))
    assert (answer.status_code, "No more letters" in answer.text) == (200, True)


def test_a_tenant_has_two_hundred_recipients_at_most(shop: Shop) -> None:
    for number in range(200):
        shop.add(f"planner-{number}@shop.example")
    answer = shop.call("POST", json={"address": "one-more@shop.example"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/v1/problems/too-many-recipients")


def test_each_scope_opens_its_half_and_only_of_ones_own(api: Running, shop: Shop) -> None:
    recipient_id = shop.add(f"{uuid4().hex}@shop.example")
    reader, writer = Shop(api, "digests:read"), Shop(api, "digests:write")
    assert reader.call("GET").json() == []
    for answer, scope in (
        (reader.call("POST", json={"address": "a@b.example"}), "digests:write"),
        (reader.call("DELETE", f"{URL}/{recipient_id}"), "digests:write"),
        (writer.call("GET"), "digests:read"),
    ):
        assert answer.status_code == 403
        assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]
    assert writer.call("DELETE", f"{URL}/{recipient_id}").status_code == 404
