"""What one write to the online store holds, and how it is gathered from Kafka messages."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from feature_writer import deletion_changes, model_changes, predictions
from feature_writer.consuming import End, Position, Received
from feature_writer.deletion_changes import DeletionChange
from feature_writer.model_changes import ModelChange
from feature_writer.predictions import Key
from schemas import topics
from schemas.encoding import Record, UnreadableMessage, decoder

SERVED = (topics.PREDICTIONS.name, topics.MODELS.name, topics.PREDICTION_DELETIONS.name)
"""Topics whose records are answers, so that without some of them an answer would be wrong."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is no record of its topic."""

    message: Received
    error: UnreadableMessage


@dataclass(slots=True)
class Batch:
    """Messages of some partitions, each partition's in order and without a gap."""

    predictions: list[tuple[int, Record]] = field(default_factory=list)
    """Partition and prediction; of each key those since it was last taken away."""
    taken_away: set[Key] = field(default_factory=set)
    """Keys whose predictions before these are to be no more."""
    deletion_changes: list[DeletionChange] = field(default_factory=list)
    alert_changes: Counter[str] = field(default_factory=Counter)
    model_changes: list[ModelChange] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    next_offsets: dict[Position, int] = field(default_factory=dict)
    ends: dict[Position, int] = field(default_factory=dict)
    """Where the end was reached of what must be whole before it is served, and that offset."""

    @classmethod
    def of(cls, found: Iterable[Received | End]) -> "Batch":
        """Sort what was gathered by what it is."""
        batch = cls()
        for one in found:
            if isinstance(one, Received):
                batch._take(one)
            elif one.topic in SERVED:
                batch.ends[one.topic, one.partition] = one.offset
        return batch

    def _take(self, message: Received) -> None:
        self.next_offsets[message.topic, message.partition] = message.offset + 1
        try:
            if message.topic == topics.ALERTS.name:
                self.alert_changes[decoder("alert", "ms")(message.value)["change"]] += 1
            elif message.topic == topics.MODELS.name:
                self.model_changes.append(model_changes.read(message))
            elif message.topic == topics.PREDICTION_DELETIONS.name:
                self.deletion_changes.append(deletion_changes.read(message))
            elif message.value is None:
                self._take_away(predictions.key_of_message(message.key))
            else:
                self.predictions.append((message.partition, predictions.read(message.value)))
        except UnreadableMessage as error:
            self.unreadable.append(Unreadable(message, error))

    def _take_away(self, key: Key) -> None:
        self.taken_away.add(key)
        self.predictions = [each for each in self.predictions if predictions.key(each[1]) != key]


def fresh_times(batch: Batch) -> Mapping[int, int]:
    """For each partition the time in ms of its newest prediction."""
    found: dict[int, int] = {}
    for partition, prediction in batch.predictions:
        found[partition] = max(found.get(partition, 0), prediction["updated_at"])
    return found
