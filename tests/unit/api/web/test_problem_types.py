"""Every type of problem that the API can answer with is explained."""

import ast
from collections.abc import Iterator
from pathlib import Path

import api
from api.web.problem_types import MEANINGS


def types_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "type" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def used_types() -> set[str]:
    (folder,) = api.__path__
    return {name for module in Path(folder).rglob("*.py") for name in types_in(module.read_text())}


def test_the_types_that_are_used_are_the_types_that_are_explained() -> None:
    assert used_types() == MEANINGS.keys()
