"""``/v1/suppressions`` of a running API, over each kind of database, to the topic that the risk job reads."""

import gzip
from collections.abc import Iterator
from http.client import HTTPConnection
from uuid import UUID, uuid4

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition
from service.api.running import Running
from service.jobs.tenant_log import eventually

from schemas import topics
from schemas.encoding import decoder
from schemas.suppression_buckets import tenant_and_bucket
from udfs.suppression import Bucket, is_suppressed

pytestmark = pytest.mark.service

URL = "/v1/suppressions"
HEADER = "sku,warehouse,expires_at,reason"
PUSH_BYTES = 64 * 1024


class Shop:
    """A tenant with a token for its list."""

    def __init__(self, api: Running, *scopes: str) -> None:
        account = api.tenant(*scopes or ("suppressions:read", "suppressions:write"))
        self.tenant_id: UUID = account.tenant_id
        self.kafka = api.settings.kafka_bootstrap
        self._http = api.http
        self.bearer = {"Authorization": f"Bearer {api.token(account)}"}

    def send(self, method: str, *lines: str, **headers: str) -> httpx.Response:
        """A list of these lines."""
        content = "\n".join([HEADER, *lines]).encode()
        return self.call(method, content=content, **{"Content-Type": "text/csv", **headers})

    def call(self, method: str, url: str = URL, content: object = None, **headers: str) -> httpx.Response:
        return self._http.request(
            method,
            url,
            content=content,  # type: ignore[arg-type]  # bytes, or an iterator of them
            headers={**self.bearer, **headers},
        )

    def lines(self) -> list[str]:
        """The entries as they are exported, in the order of their names."""
        answer = self.call("GET")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        first, *lines = answer.content.decode("utf-8-sig").splitlines()
        assert first == HEADER
        return sorted(lines)

    def suppresses(self, sku: str, warehouse: str) -> bool:
        """Whether the topic says so."""
        return is_suppressed(f"{self.tenant_id}|{sku}|{warehouse}", 1_800_000_000_000, self._buckets())

    def _buckets(self) -> dict[tuple[str, int], Bucket]:
        buckets: dict[tuple[str, int], Bucket] = {}
        for key, value in records(self.kafka):
            place = tenant_and_bucket(key)
            if value is None:
                buckets.pop(place, None)
            else:
                buckets[place] = Bucket.of(decoder(topics.SUPPRESSIONS.schema)(value))
        return buckets


def records(kafka: str) -> Iterator[tuple[bytes, bytes | None]]:
    """All that is in the topic now and committed."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": str(uuid4()),
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    try:
        consumer.assign([TopicPartition(topics.SUPPRESSIONS.name, 0, 0)])
        while (message := consumer.poll(10)) is not None and message.error() is None:
            key = message.key()
            assert isinstance(key, bytes)
            yield key, message.value()
    finally:
        consumer.close()


@pytest.fixture
def shop(api: Running) -> Shop:
    return Shop(api)


def test_a_list_goes_in_comes_out_and_reaches_the_stream(shop: Shop) -> None:
    answer = shop.send("PUT", "TEA-1,,,discontinued", "TEA-2,berlin,2027-01-31,")
    assert (answer.status_code, answer.json()) == (
        200,
        {"entries": 2, "added": 2, "changed": 0, "removed": 0},
    ), answer.text
    assert shop.lines() == ["TEA-1,,,discontinued", "TEA-2,berlin,2027-01-31T00:00:00Z,"]
    eventually(lambda: shop.suppresses("TEA-1", "berlin") and shop.suppresses("TEA-2", "berlin"))
    assert not shop.suppresses("TEA-2", "hamburg")
    assert shop.send("POST", "TEA-3,,,", "TEA-1,,2020-01-01,").json() == {
        "entries": 2,
        "added": 1,
        "changed": 0,
        "removed": 1,
    }
    eventually(lambda: shop.suppresses("TEA-3", "x") and not shop.suppresses("TEA-1", "x"))
    assert shop.call("DELETE").status_code == 204
    assert shop.lines() == []
    eventually(lambda: not shop.suppresses("TEA-3", "x"))


def test_an_export_sent_back_makes_the_same_list(shop: Shop) -> None:
    shop.send("PUT", *(f"SKU-{number},,2027-01-{1 + number % 28:02},no {number}" for number in range(2_000)))
    exported = shop.call("GET")
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert exported.headers["Content-Disposition"] == 'attachment; filename="suppressions.csv"'
    again = shop.call(
        "PUT",
        content=gzip.compress(exported.content),
        **{"Content-Type": "text/csv; charset=utf-8", "Content-Encoding": "gzip"},
    )
    assert again.json() == {"entries": 2_000, "added": 0, "changed": 0, "removed": 0}
    assert again.headers["ETag"] == exported.headers["ETag"]


def test_a_bad_list_is_refused_with_every_reason(shop: Shop) -> None:
    shop.send("PUT", "TEA-1,,,")
    answer = shop.send("PUT", "TEA-2,,,", "|,,,", "TEA-3,,soon,")
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["type"], problem["error_count"]) == ("/v1/problems/invalid-suppressions", 2)
    assert [(error["line"], error["field"]) for error in problem["errors"]] == [(3, "sku"), (4, "expires_at")]
    assert shop.lines() == ["TEA-1,,,"]


def test_a_change_can_be_bound_to_what_was_read(shop: Shop) -> None:
    first = shop.send("PUT", "TEA-1,,,").headers["ETag"]
    assert shop.call("GET", **{"If-None-Match": first}).status_code == 304
    assert shop.send("POST", "TEA-2,,,", **{"If-Match": first}).status_code == 200
    for answer in (
        shop.send("PUT", "TEA-3,,,", **{"If-Match": first}),
        shop.call("DELETE", **{"If-Match": first}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (412, "/v1/problems/stale")
    assert shop.lines() == ["TEA-1,,,", "TEA-2,,,"]
    assert shop.call("GET", **{"If-None-Match": first}).status_code == 200


def test_one_entry_has_an_address(shop: Shop) -> None:
    shop.send("PUT", "TEA/1,,,why", "TEA/1,berlin,2027-01-31,")
    for_all, one = f"{URL}/entry?sku=TEA%2F1", f"{URL}/entry?sku=TEA%2F1&warehouse=berlin"
    assert shop.call("GET", for_all).json() == {
        "sku": "TEA/1",
        "warehouse": None,
        "expires_at": None,
        "reason": "why",
    }
    assert shop.call("GET", one).json()["expires_at"] == "2027-01-31T00:00:00Z"
    assert shop.call("DELETE", one).status_code == 204
    assert [shop.call(method, one).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert shop.lines() == ["TEA/1,,,why"]
    assert shop.call("GET", f"{URL}/entry?warehouse=berlin").status_code == 400


def test_the_list_is_not_emptied_by_who_means_one_entry(shop: Shop) -> None:
    shop.send("PUT", "TEA-1,,,", "TEA-2,,,")
    assert shop.call("DELETE", f"{URL}?sku=TEA-1").status_code == 400
    assert len(shop.lines()) == 2


def test_a_body_that_grows_too_large_is_refused_before_it_ends(shop: Shop, api: Running) -> None:
    connection = HTTPConnection("127.0.0.1", api.settings.port, timeout=10)
    connection.putrequest("PUT", URL)
    for name, value in {**shop.bearer, "Content-Type": "text/csv", "Transfer-Encoding": "chunked"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    chunk = b"%x\r\n%b\r\n" % (PUSH_BYTES, bytes(PUSH_BYTES))
    for _ in range(api.settings.max_suppression_bytes // PUSH_BYTES + 1):
        connection.send(chunk)
    assert connection.getresponse().status == 413
    connection.close()


def test_another_type_is_refused(shop: Shop) -> None:
    for kind in ("application/json", "text/csv; charset=latin-1"):
        answer = shop.send("PUT", "TEA-1,,,", **{"Content-Type": kind})
        assert (answer.status_code, answer.headers["Accept"]) == (415, "text/csv")


def test_each_scope_opens_its_half(api: Running) -> None:
    reader, writer = Shop(api, "suppressions:read"), Shop(api, "suppressions:write")
    assert reader.call("GET").status_code == 200
    assert writer.send("PUT", "TEA-1,,,").status_code == 200
    for answer, scope in (
        (reader.send("PUT", "TEA-1,,,"), "suppressions:write"),
        (reader.send("POST", "TEA-1,,,"), "suppressions:write"),
        (reader.call("DELETE"), "suppressions:write"),
        (reader.call("DELETE", f"{URL}/entry?sku=TEA-1"), "suppressions:write"),
        (writer.call("GET"), "suppressions:read"),
        (writer.call("GET", f"{URL}/entry?sku=TEA-1"), "suppressions:read"),
    ):
        assert answer.status_code == 403
        assert f'scope="{scope}"' in answer.headers["WWW-Authenticate"]


def test_a_tenant_sees_nothing_of_another(shop: Shop, api: Running) -> None:
    other = Shop(api)
    other.send("PUT", "TEA-1,,,")
    assert shop.lines() == []
    assert shop.call("GET", f"{URL}/entry?sku=TEA-1").status_code == 404
    assert shop.call("DELETE").status_code == 204
    assert other.lines() == ["TEA-1,,,"]
