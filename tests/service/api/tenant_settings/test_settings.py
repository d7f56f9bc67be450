"""Settings over HTTP, on each kind of database: set, found again, told to the stream, and never overwritten unseen."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from service.api.running import Running
from service.api.tenant_settings.setting_calls import Calls, soon, told
from sqlalchemy import select

from api.audit.tables import AuditRow
from api.database import Database
from ops import topics as kafka_topics
from schemas import topics

pytestmark = pytest.mark.service

NOTHING = {
    "threshold": None,
    "horizon_hours": None,
    "quiet_hours": None,
    "time_zone": None,
    "locale": None,
    "retention_days": None,
}
LEVELS = [
    ("settings", "|"),
    ("settings/categories/tea", "||tea"),
    ("settings/skus/TEA-1", "TEA-1|"),
    ("settings/skus/TEA-1/warehouses/berlin", "TEA-1|berlin"),
    ("settings/warehouses/berlin", "|berlin"),
]
ODD_NAMES = [
    "A/B",
    "a/warehouses/b",
    "Äpfel 苹果 🍎",
    "100%",
    "%2F",
    "a?b#c",
    "a+b&c=d",
    '"',
    "\\",
    "levels",
    "..a",
]


@pytest.mark.parametrize(("path", "key"), LEVELS)
def test_what_is_set_is_found_and_told_to_the_stream(calls: Calls, path: str, key: str) -> None:
    quiet = {"from": "22:00", "to": "06:30"}
    wanted = {"threshold": 0.9, "horizon_hours": 12, "quiet_hours": quiet, "time_zone": "Europe/Berlin"}
    etag = calls.create(path, **wanted, locale="de-DE")
    answer = calls.get(path)
    assert (answer.status_code, answer.headers["etag"]) == (200, etag)
    assert answer.json() == {**NOTHING, **wanted, "locale": "de-DE"}
    kafka = calls.api.settings.kafka_bootstrap
    soon(lambda: key in told(kafka, calls.tenant_id))
    record = told(kafka, calls.tenant_id)[key]
    assert record is not None
    assert (record["threshold"], record["threshold_is_set"], record["horizon_hours"]) == (0.9, True, 12)
    assert (record["quiet_from"], record["quiet_to"], record["time_zone"]) == (
        "22:00",
        "06:30",
        "Europe/Berlin",
    )
    assert calls.delete(path, If_Match=etag).status_code == 204
    assert calls.get(path).status_code == 404
    soon(lambda: told(kafka, calls.tenant_id)[key] is None)


def test_a_change_says_what_it_changes(calls: Calls) -> None:
    assert calls.put("settings", {"threshold": 0.5}).status_code == 428
    assert calls.put("settings", {"threshold": 0.5}, If_Match='"none"').status_code == 412
    first = calls.create("settings", threshold=0.5)
    assert calls.put("settings", {"threshold": 0.6}, If_None_Match="*").status_code == 412
    assert calls.put("settings", {"threshold": 0.6}).status_code == 428
    changed = calls.put("settings", {"threshold": 0.6}, If_Match=first)
    assert changed.status_code == 200
    assert calls.put("settings", {"threshold": 0.7}, If_Match=first).status_code == 412
    assert calls.delete("settings").status_code == 428
    assert calls.delete("settings", If_Match=first).status_code == 412
    assert calls.get("settings").json()["threshold"] == 0.6
    assert calls.get("settings", If_None_Match=changed.headers["etag"]).status_code == 304


def test_set_back_is_another_state(calls: Calls) -> None:
    first = calls.create("settings", threshold=0.5)
    second = calls.put("settings", {"threshold": 0.6}, If_Match=first).headers["etag"]
    third = calls.put("settings", {"threshold": 0.5}, If_Match=second).headers["etag"]
    assert len({first, second, third}) == 3


def test_of_changes_at_once_one_is_made(calls: Calls) -> None:
    etag = calls.create("settings", threshold=0.0)
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda at: calls.put("settings", {"threshold": at / 10}, If_Match=etag), range(1, 9))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_may_hold_any_character(calls: Calls, name: str) -> None:
    sku = f"settings/skus/{quote(name, safe='')}"
    pair = f"{sku}/warehouses/{quote(name, safe='')}"
    calls.create(sku, threshold=0.1)
    calls.create(pair, threshold=0.2)
    assert calls.get(sku).json()["threshold"] == 0.1
    assert calls.get(pair).json()["threshold"] == 0.2
    listed = calls.get("settings/levels").json()
    assert [(each["sku"], each["warehouse"]) for each in listed] == [(name, None), (name, name)]


@pytest.mark.parametrize("text", ["a%7Cb", "%20a", "a%00", "%FF", "a" * 65, quote("ä" * 65)])
def test_what_can_be_no_name_is_refused(calls: Calls, text: str) -> None:
    answer = calls.put(f"settings/skus/{text}", {"threshold": 0.5}, If_None_Match="*")
    assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/bad-name")


@pytest.mark.parametrize(
    ("body", "of"),
    [
        ({"threshold": 1.01}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": "0.5"}, "threshold"),
        ({"horizon_hours": 7}, "horizon_hours"),
        ({"quiet_hours": {"from": "24:00", "to": "06:00"}}, "quiet_hours.from"),
        ({"quiet_hours": {"from": "22:00"}}, "`to`"),
        ({"time_zone": "Mars/Phobos"}, "IANA"),
        ({"time_zone": "../etc/passwd"}, "IANA"),
        ({"locale": "de_DE"}, "BCP 47"),
        ({"retention_days": 6}, "retention_days"),
        ({"thresholds": 0.5}, "thresholds"),
        ({}, "Nothing is set"),
        ({"threshold": None}, "Nothing is set"),
        ([], "object"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_reason(calls: Calls, body: object, of: str) -> None:
    answer = calls.put("settings", body, If_None_Match="*")
    assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/bad-settings")
    assert of in answer.json()["detail"]


def test_retention_is_of_the_whole_tenant(calls: Calls) -> None:
    answer = calls.put("settings/skus/A", {"retention_days": 8}, If_None_Match="*")
    assert answer.status_code == 400
    assert "whole tenant" in answer.json()["detail"]


def test_the_topic_keeps_events_for_as_long_as_is_set(calls: Calls) -> None:
    kafka = calls.api.settings.kafka_bootstrap
    topic = topics.orders(calls.tenant_id)
    kafka_topics.ensure(kafka, [topic])

    def kept_days() -> float:
        return int(kafka_topics.states(kafka, [topic.name])[topic.name].config["retention.ms"]) / 86_400_000

    etag = calls.create("settings", retention_days=30)
    assert kept_days() == 30
    etag = calls.put("settings", {"retention_days": 14}, If_Match=etag).headers["etag"]
    assert kept_days() == 14
    calls.delete("settings", If_Match=etag)
    assert kept_days() == 7


def test_the_list_goes_page_by_page(calls: Calls) -> None:
    for path, _ in LEVELS:
        calls.create(path, threshold=0.5)
    found, path = [], "settings/levels?limit=2"
    while path:
        page = calls.get(path)
        assert len(page.json()) <= 2
        found += page.json()
        path = page.links["next"]["url"].removeprefix("/v1/") if "next" in page.links else ""
    assert sorted(each["level"] for each in found) == sorted(
        ["tenant", "category", "sku", "sku_and_warehouse", "warehouse"]
    )
    assert calls.get("settings/levels").json() == found


def test_the_most_specific_level_says_each_field(calls: Calls) -> None:
    calls.create("settings", threshold=0.5, time_zone="Asia/Tokyo", horizon_hours=48)
    calls.create("settings/skus/TEA-1", threshold=0.6)
    calls.create("settings/skus/TEA-1/warehouses/berlin", locale="de")
    found = calls.get("settings/effective?sku=TEA-1&warehouse=berlin").json()
    said_by = found.pop("said_by")
    assert found == {
        "threshold": 0.6,
        "horizon_hours": 48,
        "quiet_hours": None,
        "time_zone": "Asia/Tokyo",
        "locale": "de",
        "retention_days": 7,
        "category": None,
    }
    assert said_by == {
        "threshold": "sku",
        "horizon_hours": "tenant",
        "quiet_hours": "default",
        "time_zone": "tenant",
        "locale": "sku_and_warehouse",
        "retention_days": "default",
    }
    assert calls.get("settings/effective?sku=a|b").status_code == 400


def test_a_level_without_a_threshold_tells_old_readers_that_above(calls: Calls) -> None:
    calls.create("settings", threshold=0.42)
    calls.create("settings/skus/A", horizon_hours=6)
    kafka = calls.api.settings.kafka_bootstrap
    soon(lambda: "A|" in told(kafka, calls.tenant_id))
    record = told(kafka, calls.tenant_id)["A|"]
    assert record is not None
    assert (record["threshold"], record["threshold_is_set"]) == (0.42, False)


def test_one_tenant_sees_nothing_of_another(api: Running, calls: Calls) -> None:
    etag = calls.create("settings/skus/A", threshold=0.5)
    other = Calls(api, api.tenant())
    assert other.get("settings/skus/A").status_code == 404
    assert other.delete("settings/skus/A", If_Match=etag).status_code == 404
    assert other.get("settings/levels").json() == []
    assert other.get("settings/effective?sku=A").json()["threshold"] == 0.7


def test_reading_and_changing_need_a_scope_each(api: Running) -> None:
    reader = Calls(api, api.tenant("settings:read"))
    assert reader.get("settings/levels").status_code == 200
    answer = reader.put("settings", {"threshold": 0.5}, If_None_Match="*")
    assert (answer.status_code, answer.json()["type"]) == (403, "/v1/problems/insufficient-scope")
    assert 'scope="settings:write"' in answer.headers["www-authenticate"]
    stranger = Calls(api, api.tenant("events:write"))
    assert stranger.get("settings").status_code == 403


def test_the_audit_log_tells_who_changed_what(calls: Calls) -> None:
    etag = calls.create("settings/skus/A%2FB", threshold=0.5)
    calls.put("settings/skus/A%2FB", {"threshold": 0.6}, If_Match=etag)

    async def entries(database: Database) -> list[tuple[str, str, str | None, str | None]]:
        async with database.transaction() as session:
            found = await session.scalars(
                select(AuditRow)
                .where(AuditRow.tenant_id == calls.tenant_id, AuditRow.action.startswith("settings."))
                .order_by(AuditRow.number)
            )
            return [(each.action, each.subject, each.before, each.after) for each in found]

    (first, second) = calls.api.on_database(entries)
    assert first[:3] == ("settings.set", "settings/sku/A/B", None)
    assert '"threshold":0.5' in (second[2] or "")
    assert '"threshold":0.6' in (second[3] or "")
