"""What the consumer's client has to say beside messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException

from feature_writer.consuming import End, Received, gather


@dataclass(frozen=True)
class Said:
    """A message as the client gives it."""

    code: int | None = None

    def error(self) -> KafkaError | None:
        return None if self.code is None else KafkaError(self.code)

    def topic(self) -> str:
        return "predictions"

    def partition(self) -> int:
        return 1

    def offset(self) -> int:
        return 7

    def value(self) -> bytes:
        return b"value"

    def key(self) -> bytes:
        return b"key"

    def timestamp(self) -> tuple[int, int]:
        return 1, 99


class Client:
    """A consumer that has said this."""

    def __init__(self, *said: Said) -> None:
        self._said = said

    def consume(self, number: int, seconds: float) -> Sequence[Said]:
        return self._said


def gathered(*said: Said) -> list[Received | End]:
    return gather(cast(Consumer, Client(*said)), 10, 0.1)


def test_messages_and_ends_come_with_their_place() -> None:
    assert gathered(Said(), Said(KafkaError._PARTITION_EOF)) == [
        Received("predictions", 1, 7, b"value", b"key", 99),
        End("predictions", 1, 7),
    ]


def test_a_broker_that_is_away_is_waited_for() -> None:
    assert gathered(Said(KafkaError._TRANSPORT), Said(KafkaError._ALL_BROKERS_DOWN)) == []


def test_a_consumer_that_was_fenced_does_not_go_on_in_silence() -> None:
    with pytest.raises(KafkaException):
        gathered(Said(KafkaError._FATAL))
