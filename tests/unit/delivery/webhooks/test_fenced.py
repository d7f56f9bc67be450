"""A consumer of alerts that cannot go on ends, so that it is started again."""

from dataclasses import dataclass
from typing import cast

import pytest
from confluent_kafka import KafkaError, KafkaException, Message

from delivery.webhooks.alerts import _is_alert


@dataclass(frozen=True)
class Said:
    """What the client says by a message."""

    code: int

    def error(self) -> KafkaError:
        return KafkaError(self.code)


def is_alert(code: int) -> bool:
    return _is_alert(cast(Message, Said(code)))


def test_a_broker_that_is_away_is_waited_for() -> None:
    assert not is_alert(KafkaError._TRANSPORT)


def test_a_fenced_consumer_does_not_go_on_in_silence() -> None:
    with pytest.raises(KafkaException):
        is_alert(KafkaError._FATAL)
