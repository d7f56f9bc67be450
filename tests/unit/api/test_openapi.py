"""The OpenAPI document is valid, whole, and true to the routes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31
from starlette.routing import Route

from api.access.authentication import scope_of
from api.access.roles import LEAST_ROLE
from api.app import DOCUMENT, ROUTES
from api.openapi import document
from api.sessions.user_sessions import is_for_sessions
from api.web.methods import endpoint_of
from api.web.openapi_components import CLIENT_BASIC, OAUTH2, SESSION

# as a client gets it
DOC: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# files of pages, which no program asks for
UNDESCRIBED = {"/v1/docs/start.js", "/v1/docs/{name}", "/v1/account/{name}"}


def resolved(node: Any) -> Any:
    """The node that a ``$ref`` leads to, or the node itself."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = DOC
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOC["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def media(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every body that an operation takes or gives."""
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for body in map(resolved, [*bodies, *operation["responses"].values()]):
        yield from body.get("content", {}).values()


def examples(described: Mapping[str, Any]) -> list[Any]:
    named = [resolved(example)["value"] for example in described.get("examples", {}).values()]
    return [*named, *([described["example"]] if "example" in described else [])]


EVERY = [pytest.param(*operation, id=f"{operation[1]} {operation[0]}") for operation in operations()]


def test_the_document_is_openapi_3_1() -> None:
    assert DOC["openapi"] == "3.1.0"
    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(DOC)] == []


def test_every_reference_leads_somewhere() -> None:
    def walk(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    references = list(walk(DOC))
    assert references
    for reference in references:
        assert resolved(reference)


def test_what_is_served_is_what_is_described() -> None:
    served = {
        (route.path, method.lower())
        for route in ROUTES
        if isinstance(route, Route) and route.path not in UNDESCRIBED
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == {(path, method) for path, method, _ in operations()}


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def test_two_modules_cannot_describe_the_same_path() -> None:
    with pytest.raises(ValueError, match="described twice: /a"):
        document([{"/a": {}}, {"/b": {}, "/a": {}}])


@pytest.mark.parametrize(("path", "method", "operation"), EVERY)
class TestOperation:
    def test_it_is_described(self, path: str, method: str, operation: dict[str, Any]) -> None:
        assert operation["summary"]
        assert set(operation["tags"]) <= {tag["name"] for tag in DOC["tags"]}
        for response in map(resolved, operation["responses"].values()):
            assert response["description"]

    def test_its_schemas_are_valid(self, path: str, method: str, operation: dict[str, Any]) -> None:
        for described in media(operation):
            Draft202012Validator.check_schema(described["schema"])

    def test_its_examples_are_there_and_fit(self, path: str, method: str, operation: dict[str, Any]) -> None:
        for described in media(operation):
            assert examples(described)
            # the components come along, since schemas refer to them
            schema = {**described["schema"], "components": DOC["components"]}
            for example in examples(described):
                Draft202012Validator(schema).validate(example)

    def test_it_is_protected_as_it_says(self, path: str, method: str, operation: dict[str, Any]) -> None:
        (endpoint,) = (
            endpoint_of(route, method.upper())
            for route in ROUTES
            if isinstance(route, Route) and route.path == path and method.upper() in (route.methods or ())
        )
        says = operation.get("security", [])
        tokens = [requirement[OAUTH2] for requirement in says if OAUTH2 in requirement]
        scope = scope_of(endpoint)
        assert tokens == ([] if scope is None else [[scope]])
        assert ({SESSION: []} in says) == (scope in LEAST_ROLE or is_for_sessions(endpoint))
        if says and CLIENT_BASIC not in says[0]:
            assert "401" in operation["responses"]
        if tokens:
            assert "403" in operation["responses"]
