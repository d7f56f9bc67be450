"""Topics as Kafka has them, for the command line: what `api.topics` knows of them."""

from api.topics import KeysWouldMove, TopicState, TopicsUnavailable, difference, ensure, remove, states

__all__ = ["KeysWouldMove", "TopicState", "TopicsUnavailable", "difference", "ensure", "remove", "states"]
