"""The catalogue over HTTP, on each kind of database: said, told to the stream, and in what holds for a SKU."""

import httpx
import pytest
from service.api.running import Running
from service.api.tenant_settings.setting_calls import Calls, soon, told

pytestmark = pytest.mark.service

NDJSON = "application/x-ndjson"


def post(calls: Calls, body: bytes, media_type: str = NDJSON) -> httpx.Response:
    return httpx.post(
        f"{calls.api.url}/v1/catalogue/skus",
        content=body,
        headers={"Content-Type": media_type, "Authorization": calls.authorization},
        timeout=30,
    )


def category_told(calls: Calls, sku: str) -> object:
    record = told(calls.api.settings.kafka_bootstrap, calls.tenant_id).get(f"{sku}|")
    return record and (record["category"], record["threshold_is_set"])


def test_settings_of_a_category_hold_for_its_skus(calls: Calls) -> None:
    calls.create("settings/categories/tea", threshold=0.3)
    assert calls.put("catalogue/skus/TEA%2F1", {"category": "tea", "brand": "K"}).status_code == 200
    assert calls.get("catalogue/skus/TEA%2F1").json() == {"category": "tea", "brand": "K"}
    found = calls.get("settings/effective?sku=TEA/1").json()
    assert (found["threshold"], found["category"]) == (0.3, "tea")
    assert found["said_by"]["threshold"] == "category"
    soon(lambda: category_told(calls, "TEA/1") == ("tea", False))
    assert calls.delete("catalogue/skus/TEA%2F1").status_code == 204
    assert calls.get("catalogue/skus/TEA%2F1").status_code == 404
    assert calls.delete("catalogue/skus/TEA%2F1").status_code == 404
    soon(lambda: category_told(calls, "TEA/1") is None)
    assert calls.get("settings/effective?sku=TEA/1").json()["threshold"] == 0.7


def test_a_skus_settings_and_its_category_are_one_record(calls: Calls) -> None:
    etag = calls.create("settings/skus/A", threshold=0.2)
    calls.put("catalogue/skus/A", {"category": "tea"})
    soon(lambda: category_told(calls, "A") == ("tea", True))
    calls.delete("settings/skus/A", If_Match=etag)
    soon(lambda: category_told(calls, "A") == ("tea", False))


def test_many_at_once_by_ndjson_or_csv(calls: Calls) -> None:
    lines = b"".join(b'{"sku": "S%d", "category": "c%d"}\n' % (number, number % 3) for number in range(1_200))
    answer = post(calls, lines)
    assert (answer.status_code, answer.json()) == (200, {"skus": 1_200, "changed": 1_200})
    assert post(calls, lines).json() == {"skus": 1_200, "changed": 0}
    answer = post(calls, b"sku,category,brand\nS0,c9,K\nS1,c1,\n", "text/csv")
    assert answer.json() == {"skus": 2, "changed": 1}
    assert calls.get("catalogue/skus/S0").json() == {"category": "c9", "brand": "K"}
    soon(lambda: category_told(calls, "S0") == ("c9", False), within_s=15)
    assert category_told(calls, "S1199") == ("c2", False)


def test_either_every_line_counts_or_none(calls: Calls) -> None:
    answer = post(calls, b'{"sku": "A", "category": "tea"}\n{"category": "tea"}\n')
    assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/invalid-catalogue")
    assert answer.json()["errors"] == [{"line": 2, "reason": "Object missing required field `sku`"}]
    assert calls.get("catalogue/skus/A").status_code == 404


def test_what_is_no_catalogue_is_refused(api: Running, calls: Calls) -> None:
    assert post(calls, b"{}", "application/json").status_code == 415
    assert post(calls, b"\n" * 10_001).status_code == 413
    for empty, media_type in ((b"", NDJSON), (b"\n", NDJSON), (b"sku\n", "text/csv")):
        assert "no SKU" in post(calls, empty, media_type).json()["detail"]
    assert calls.put("catalogue/skus/A", {"colour": "red"}).status_code == 400
    assert calls.put("catalogue/skus/A", {"category": "a|b"}).status_code == 400
    assert calls.put("catalogue/skus/a%7Cb", {"category": "a"}).status_code == 400
    reader = Calls(api, api.tenant("settings:read"))
    assert reader.put("catalogue/skus/A", {"category": "tea"}).status_code == 403
    assert reader.get("catalogue/skus/A").status_code == 404
