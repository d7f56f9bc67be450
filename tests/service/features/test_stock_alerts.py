"""GET /v1/stock/alerts from a real Redis that Feast and the feature writer's own code have filled."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prediction_records import NOON_MS, prediction
from redis import Redis
from service.features.bearers import Bearers
from service.features.filled_store import FilledStore
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from api.alerts import alerts
from api.alerts.risk_store import RiskStore
from api.settings import Settings
from api.web.problems import Problem, answer_problem
from schemas import online_store as keys
from schemas.encoding import Record

pytestmark = pytest.mark.service

URL = "/v1/stock/alerts"


@pytest.fixture(scope="module")
def risk_store(filled_store: FilledStore) -> Iterator[RiskStore]:
    stored = filled_store.settings
    store = RiskStore(
        Settings(
            redis_url=stored.redis_url,
            feature_repo=stored.feature_repo,
            feast_registry=stored.feast_registry,
            encryption_key="",
            pii_key="",
        )
    )
    asyncio.run(store.open())
    yield store
    asyncio.run(store.close())


class Shop:
    """A tenant with a token, and its own view of the API."""

    def __init__(self, client: httpx.AsyncClient, store: FilledStore) -> None:
        self.tenant_id = str(uuid4())
        self._client = client
        self._store = store

    def predict(self, *changes: Record) -> None:
        """Store predictions of this tenant."""
        self._store.put([prediction(tenant_id=self.tenant_id, **change) for change in changes])

    async def get(self, url: str = URL, scope: str = "alerts:read", **headers: str) -> httpx.Response:
        bearer = f"Bearer {self.tenant_id}:{scope}"
        return await self._client.get(url, headers={"Authorization": bearer, **headers})

    async def walk(self, url: str) -> AsyncIterator[list[Record]]:
        """The pages from ``url`` on, by their links."""
        while url:
            response = await self.get(url)
            assert response.status_code == 200
            yield response.json()
            link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
            url = link[1] if link else ""


@pytest.fixture
async def client(risk_store: RiskStore) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=alerts.routes, exception_handlers={Problem: answer_problem})

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"risk_store": risk_store, "authenticator": Bearers()}
        await app(scope, receive, send)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(transport=transport, base_url="http://aurora.test") as client:
        yield client


@pytest.fixture
def shop(client: httpx.AsyncClient, filled_store: FilledStore) -> Shop:
    return Shop(client, filled_store)


async def test_a_sku_comes_with_the_warehouses_that_have_an_alert_in_force_riskiest_first(shop: Shop) -> None:
    shop.predict(
        {"warehouse": "berlin", "probability": 0.8, "oos_latest_at": None},
        {"warehouse": "hamburg", "probability": 0.95, "predicted_oos_at": NOON_MS + 999},
        # above any threshold, but the job has raised nothing: another threshold, or suppressed
        {"warehouse": "leipzig", "probability": 0.99, "alert_since": None},
        {"sku": "SKU-2", "warehouse": "berlin"},
    )
    response = await shop.get(f"{URL}?sku=SKU-1")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == [
        {
            "sku": "SKU-1",
            "warehouse": "hamburg",
            "predicted_oos_at": "2026-11-24T12:00:00Z",
            "oos_earliest_at": "2026-11-24T14:00:00Z",
            "oos_latest_at": "2026-11-24T21:00:00Z",
            "probability": 0.95,
        },
        {
            "sku": "SKU-1",
            "warehouse": "berlin",
            "predicted_oos_at": "2026-11-24T15:00:00Z",
            "oos_earliest_at": "2026-11-24T14:00:00Z",
            "oos_latest_at": None,
            "probability": 0.8,
        },
    ]


async def test_a_threshold_shows_what_is_that_probable_whether_an_alert_is_in_force_or_not(
    shop: Shop,
) -> None:
    shop.predict(
        {"warehouse": "a", "probability": 0.0, "alert_since": None, "predicted_oos_at": None},
        {"warehouse": "b", "probability": 0.5, "alert_since": None},
        {"warehouse": "c", "probability": 0.6},
    )

    async def shown(threshold: str) -> list[str]:
        found = (await shop.get(f"{URL}?sku=SKU-1&threshold={threshold}")).json()
        return [alert["warehouse"] for alert in found]

    assert await shown("0") == ["c", "b", "a"]
    assert await shown("0.5") == ["c", "b"]
    assert await shown("0.61") == []
    nothing_sells = (await shop.get(f"{URL}?sku=SKU-1&threshold=0")).json()[2]
    assert nothing_sells["predicted_oos_at"] is None


async def test_since_keeps_alerts_that_were_raised_then_or_later(shop: Shop) -> None:
    shop.predict(
        {"warehouse": "before", "alert_since": NOON_MS - 1_000},
        {"warehouse": "at", "alert_since": NOON_MS + 1},
        {"warehouse": "never", "alert_since": None},
    )
    for of in ("sku=SKU-1&", "sku=SKU-1&threshold=0&", ""):
        found = (await shop.get(f"{URL}?{of}since=2026-11-24T12:00:00.900Z")).json()
        assert [alert["warehouse"] for alert in found] == ["at"], of


async def test_all_alerts_come_newest_first_and_only_those_in_force(shop: Shop) -> None:
    shop.predict(
        {"sku": "old", "alert_since": NOON_MS},
        {"sku": "quiet", "alert_since": None},
        {"sku": "new", "alert_since": NOON_MS + 2, "probability": 0.75},
        {"sku": "over", "alert_since": NOON_MS + 1},
    )
    shop.predict({"sku": "over", "alert_since": None, "updated_at": NOON_MS + 1})
    assert [alert["sku"] for alert in (await shop.get()).json()] == ["new", "old"]
    assert [alert["sku"] for alert in (await shop.get(f"{URL}?threshold=0.8")).json()] == ["old"]
    assert "Link" not in (await shop.get()).headers


async def test_an_alert_that_the_index_still_names_is_not_shown_once_its_row_says_it_is_over(
    shop: Shop, filled_store: FilledStore
) -> None:
    shop.predict({"sku": "A"}, {"sku": "B", "alert_since": None})
    filled_store.redis.zadd(keys.alerts(shop.tenant_id), {"B|berlin": NOON_MS})
    assert [alert["sku"] for alert in (await shop.get()).json()] == ["A"]


async def test_a_page_of_few_that_are_wanted_among_many_is_short_but_not_the_last(shop: Shop) -> None:
    shop.predict(
        *(
            {"sku": f"S{number}", "alert_since": NOON_MS - number, "probability": 0.8}
            for number in range(2_600)
        ),
        {"sku": "sure", "alert_since": NOON_MS - 10_000, "probability": 0.99},
    )
    pages = [page async for page in shop.walk(f"{URL}?threshold=0.9&limit=10")]
    assert [[alert["sku"] for alert in page] for page in pages] == [[], ["sure"]]


raised = st.lists(st.integers(0, 3), min_size=0, max_size=30)
edits = st.lists(st.tuples(st.integers(0, 29), st.booleans()), max_size=6)


@settings(
    max_examples=25,
    deadline=None,
    # every example has a tenant of its own
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raised, st.integers(1, 5), st.lists(edits, max_size=5))
async def test_a_walk_meets_each_lasting_alert_once_while_others_come_and_go(
    client: httpx.AsyncClient,
    filled_store: FilledStore,
    raised_at: list[int],
    limit: int,
    changes: list[list[tuple[int, bool]]],
) -> None:
    shop = Shop(client, filled_store)
    # many are raised within the same millisecond
    shop.predict(*({"sku": f"S{sku}", "alert_since": NOON_MS + at} for sku, at in enumerate(raised_at)))
    lasting = {f"S{sku}" for sku in range(len(raised_at))}
    seen: list[str] = []
    later = NOON_MS
    async for page in shop.walk(f"{URL}?limit={limit}"):
        seen += [alert["sku"] for alert in page]
        for sku, is_raised_again in changes.pop() if changes else []:
            later += 1_000
            lasting.discard(f"S{sku}")
            shop.predict(
                {
                    "sku": f"S{sku}",
                    "updated_at": later,
                    "alert_since": later if is_raised_again else None,
                }
            )
    assert len(seen) == len(set(seen))
    assert lasting <= set(seen)


async def test_a_tenant_sees_nothing_of_another(
    shop: Shop, client: httpx.AsyncClient, filled_store: FilledStore
) -> None:
    other = Shop(client, filled_store)
    other.predict({"sku": "SKU-1"}, {"sku": "SKU-9", "alert_since": NOON_MS + 1})
    shop.predict({"sku": "SKU-1", "warehouse": "own"}, {"sku": "SKU-2", "warehouse": "own"})
    for url in (URL, f"{URL}?sku=SKU-1", f"{URL}?sku=SKU-9&threshold=0", f"{URL}?limit=1"):
        assert all(alert["warehouse"] == "own" for alert in (await shop.get(url)).json())
    # another's place in a walk leads only through one's own
    link = (await other.get(f"{URL}?limit=1")).headers["Link"]
    found = await shop.get(link.partition("<")[2].partition(">")[0])
    assert all(alert["warehouse"] == "own" for alert in found.json())


async def test_an_answer_that_the_client_has_is_not_sent_again(shop: Shop) -> None:
    shop.predict({})
    first = await shop.get(f"{URL}?sku=SKU-1")
    assert first.headers["Cache-Control"] == "private, max-age=2"
    assert first.headers["Vary"] == "Authorization"
    again = await shop.get(f"{URL}?sku=SKU-1", **{"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    shop.predict({"updated_at": NOON_MS + 1, "probability": 0.91})
    changed = await shop.get(f"{URL}?sku=SKU-1", **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


async def test_an_answer_says_how_fresh_it_is(shop: Shop) -> None:
    before = datetime.now(UTC)
    shop.predict({})
    for url in (URL, f"{URL}?sku=SKU-1"):
        headers = (await shop.get(url)).headers
        fresh_at = datetime.fromisoformat(headers["Aurora-Fresh-At"])
        assert abs((fresh_at - before).total_seconds()) < 5
        assert 0 <= int(headers["Age"]) < 5


async def test_the_old_name_of_sku_is_answered_with_a_warning(shop: Shop) -> None:
    shop.predict({})
    old, new = await shop.get(f"{URL}?sku_id=SKU-1"), await shop.get(f"{URL}?sku=SKU-1")
    assert old.json() == new.json() != []
    assert old.headers["Deprecation"].startswith("@")
    assert "Deprecation" not in new.headers


async def test_a_bad_parameter_is_a_problem_that_names_it(shop: Shop) -> None:
    response = await shop.get(f"{URL}?threshold=high")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"] == [{"parameter": "threshold", "reason": "must be a number from 0 to 1"}]


async def test_a_token_without_the_scope_is_refused(shop: Shop) -> None:
    assert (await shop.get(scope="events:write")).status_code == 403


async def test_a_store_that_is_being_filled_is_unavailable_rather_than_empty(
    shop: Shop, filled_store: FilledStore
) -> None:
    shop.predict({})
    filled_store.redis.delete(keys.COMPLETE)
    for url in (URL, f"{URL}?sku=SKU-1"):
        response = await shop.get(url)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
    shop.predict({"updated_at": NOON_MS + 1})
    assert (await shop.get()).status_code == 200


async def test_a_store_that_lost_a_row_is_unavailable_rather_than_short_of_it(
    shop: Shop, filled_store: FilledStore
) -> None:
    shop.predict({})
    filled_store.redis.sadd(keys.warehouses(shop.tenant_id, "SKU-1"), "lost")
    assert (await shop.get(f"{URL}?sku=SKU-1")).status_code == 503


async def test_a_redis_that_does_not_answer_is_unavailable(shop: Shop, filled_store: FilledStore) -> None:
    shop.predict({})
    with Redis.from_url(filled_store.settings.redis_url) as redis:
        redis.execute_command("CLIENT", "PAUSE", "1500", "ALL")
    response = await shop.get(f"{URL}?sku=SKU-1")
    assert response.status_code == 503
    await asyncio.sleep(1.5)
    assert (await shop.get(f"{URL}?sku=SKU-1")).status_code == 200


async def test_many_at_once_are_each_answered_their_own(shop: Shop) -> None:
    shop.predict(*({"sku": f"S{number}", "probability": 0.7 + number / 1_000} for number in range(200)))
    found = await asyncio.gather(*(shop.get(f"{URL}?sku=S{number}") for number in range(200)))
    assert [[alert["sku"] for alert in response.json()] for response in found] == [
        [f"S{number}"] for number in range(200)
    ]
