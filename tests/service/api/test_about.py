"""What the running API tells of itself."""

import re
import time
from typing import Any

import pytest
from redis import Redis
from service.api.running import Running

from api.health.status_board import KEPT_SECONDS
from schemas import online_store

pytestmark = pytest.mark.service

PATIENCE_S = 30.0


def status_once_known(api: Running) -> dict[str, Any]:
    """The status, asked again while a busy machine makes a check miss its time."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = api.http.get("/v1/status")
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        late = [name for name, part in body["dependencies"].items() if "within" in part.get("reason", "")]
        if not late or time.monotonic() > deadline:
            return body
        time.sleep(KEPT_SECONDS)


class TestStatus:
    def test_it_needs_no_token_and_names_every_dependency(self, api: Running) -> None:
        body = status_once_known(api)
        assert re.fullmatch(r"\d+\.\d+\.\d+", body["version"])
        parts = body["dependencies"]
        assert parts.keys() == {
            "database",
            "kafka",
            "event_log",
            "redis",
            "flink",
            "risk_job",
            "feature_writer",
            "online_store",
            "predictions",
            "rate_limit",
        }
        for running in ("database", "kafka", "event_log", "redis"):
            assert parts[running]["status"] == "ok"
            assert parts[running]["latency_ms"] >= 0
        assert parts["risk_job"]["lag"] >= 0

    def test_what_is_down_degrades_it_and_says_why(self, api: Running) -> None:
        body = status_once_known(api)
        assert body["status"] == "degraded"
        assert body["dependencies"]["online_store"] == {"status": "down", "reason": "is being filled"}

    def test_it_names_no_tenant_and_no_address(self, api: Running) -> None:
        account = api.tenant()
        text = api.http.get("/v1/status").text
        assert str(account.tenant_id) not in text
        assert "-orders" not in text
        assert "127.0.0.1" not in text


class TestMetrics:
    def test_requests_are_there(self, api: Running) -> None:
        api.http.get("/v1/status")
        text = api.http.get("/metrics").text
        assert 'http_requests_total{method="GET",route="/v1/status",status="200"}' in text
        assert 'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/v1/status"}' in text

    def test_the_pipeline_s_are_read_from_redis(self, api: Running, redis: str) -> None:
        with Redis.from_url(redis) as client:
            client.hset(online_store.ALERTS_GENERATED, mapping={"raised": 4})
            client.hset(online_store.PREDICTION_LATENCY, mapping={"le_1000": 1, "count": 2, "sum": 70_900})
            try:
                text = api.http.get("/metrics").text
            finally:
                client.delete(online_store.ALERTS_GENERATED, online_store.PREDICTION_LATENCY)
        assert 'alerts_generated_total{change="raised"} 4.0' in text
        assert 'prediction_latency_ms_bucket{le="1000"} 1.0' in text
        assert "prediction_latency_ms_count 2.0" in text

    def test_no_tenant_is_in_them(self, api: Running) -> None:
        account = api.tenant()
        api.http.get(f"/v1/{account.tenant_id}")
        api.token(account)
        text = api.http.get("/metrics").text
        assert str(account.tenant_id) not in text
        assert account.client_id not in text


class TestDocumentation:
    @pytest.mark.parametrize(
        ("path", "media_type"),
        [
            ("/v1/openapi.json", "application/json"),
            ("/v1/docs", "text/html; charset=utf-8"),
            ("/v1/docs/start.js", "text/javascript; charset=utf-8"),
            ("/v1/docs/swagger-ui.css", "text/css; charset=utf-8"),
            ("/v1/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
            ("/v1/docs/favicon-32x32.png", "image/png"),
        ],
    )
    def test_all_of_it_is_served(self, api: Running, path: str, media_type: str) -> None:
        answer = api.http.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.content

    @pytest.mark.parametrize("name", ["nothing.js", "..%2Fcore.py", "swagger-editor.js"])
    def test_nothing_else_is(self, api: Running, name: str) -> None:
        assert api.http.get(f"/v1/docs/{name}").status_code == 404

    def test_problem_types_explain_themselves(self, api: Running) -> None:
        problem = api.http.get("/v1/stock/alerts").json()
        meaning = api.http.get(problem["type"])
        assert meaning.status_code == 200
        assert "/v1/oauth/token" in meaning.json()["meaning"]
        assert api.http.get("/v1/problems/none").status_code == 404


class TestErrors:
    def test_a_path_with_a_slash_too_many_leads_nowhere(self, api: Running) -> None:
        answer = api.http.get("/v1/status/")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

    def test_another_method(self, api: Running) -> None:
        answer = api.http.delete("/v1/status")
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}

    def test_the_server_does_not_name_itself(self, api: Running) -> None:
        answer = api.http.get("/v1/nothing")
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers
