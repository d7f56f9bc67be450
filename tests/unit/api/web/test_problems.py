"""Problem details as clients see them."""

import json

from starlette.requests import Request

from api.web.problems import Problem, answer_problem


def request(**state: object) -> Request:
    return Request({"type": "http", "headers": [], "state": state})


async def test_a_problem_names_its_type_and_the_request() -> None:
    problem = Problem(429, "Too many", "Wait.", type="rate-limited", headers={"Retry-After": "3"}, limit=5)
    answer = await answer_problem(request(request_id="a-request"), problem)
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "3"
    assert json.loads(bytes(answer.body)) == {
        "type": "/v1/problems/rate-limited",
        "title": "Too many",
        "status": 429,
        "detail": "Wait.",
        "instance": "a-request",
        "limit": 5,
    }


async def test_a_problem_without_a_type_of_its_own_is_its_status() -> None:
    answer = await answer_problem(request(), Problem(404, "Not Found", "Nothing here."))
    body = json.loads(bytes(answer.body))
    assert body["type"] == "about:blank"
    assert "instance" not in body
