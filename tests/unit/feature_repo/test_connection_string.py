"""A Redis URL as Feast reads it."""

import pytest
from feast.infra.online_stores.redis import RedisOnlineStore

from feature_repo import connection_string


@pytest.mark.parametrize(
    ("url", "node", "options"),
    [
        ("redis://127.0.0.1:16379/0", {"host": "127.0.0.1", "port": "16379"}, {"db": 0}),
        ("redis://cache", {"host": "cache", "port": "6379"}, {}),
        (
            "rediss://:pass%2Fword@cache:1/2",
            {"host": "cache", "port": "1"},
            {"db": 2, "password": "pass/word", "ssl": True},
        ),
    ],
)
def test_feast_finds_the_parts_of_the_url(url: str, node: dict[str, str], options: dict[str, object]) -> None:
    assert RedisOnlineStore._parse_connection_string(connection_string(url)) == ([node], options)


def test_options_of_the_client_are_passed_on() -> None:
    found = connection_string("redis://127.0.0.1:1/0", socket_timeout=0.5)
    assert RedisOnlineStore._parse_connection_string(found)[1]["socket_timeout"] == 0.5
