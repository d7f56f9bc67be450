"""Records of any contract, made from its schema."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas import avro_files

RecordsOf = Callable[[str], SearchStrategy[dict[str, Any]]]


@pytest.fixture(scope="session")
def records_of() -> RecordsOf:
    """A function from a contract's name to a strategy for whole records of it."""
    return _records


@cache
def _records(contract: str) -> SearchStrategy[dict[str, Any]]:
    fields = avro_files.current(contract)["fields"]
    return st.fixed_dictionaries({field["name"]: _values(field["type"]) for field in fields})


def _whole_milliseconds(time: datetime) -> datetime:
    return time - timedelta(microseconds=time.microsecond % 1000)


def _values(avro_type: Any) -> SearchStrategy[Any]:
    match avro_type:
        case ["null", present]:
            return st.none() | _values(present)
        case {"logicalType": "timestamp-millis"}:
            return st.datetimes(timezones=st.just(UTC)).map(_whole_milliseconds)
        case {"logicalType": "decimal", "precision": precision, "scale": scale}:
            largest = 10**precision - 1
            return st.integers(-largest, largest).map(lambda unscaled: Decimal(unscaled).scaleb(-scale))
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
        case {"type": "map", "values": values}:
            return st.dictionaries(st.text(), _values(values), max_size=4)
        case _:
            return PRIMITIVES[avro_type]


PRIMITIVES: dict[str, SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "string": st.text(),
    "bytes": st.binary(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
}
