"""NDJSON to checked messages, one for every line, or every reason why not.

Most lines go the quick way of `usual_events`. Whatever does not fit its form, be it wrong or merely unusual, is checked
field by field by `EventRules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.ingest.event_rules import BadLine, EventRules
from api.ingest.order_event import Message, message_encoder
from api.ingest.turns import Turns
from api.ingest.usual_events import quick_way

MAX_ERRORS = 100

Line = tuple[int, bytes]
"""A line and its number; numbers count from 1, blank lines too."""


@dataclass(frozen=True, slots=True)
class LineError:
    """One error of a batch."""

    line: int
    field: str | None
    reason: str


class BadLines(ValueError):
    """A batch with at least one bad line. ``errors`` are the first ``MAX_ERRORS`` of ``count``."""

    def __init__(self, errors: Sequence[LineError], count: int) -> None:
        super().__init__(f"{count} errors")
        self.errors = errors
        self.count = count


async def messages_of(lines: Sequence[Line], rules: EventRules, turns: Turns) -> list[Message]:
    """The message for Kafka of each numbered line. Raises `BadLines`. Does no more at once than ``turns`` grants."""
    messages: list[Message] = []
    errors: list[LineError] = []
    count = 0
    quick = quick_way(rules)
    done = 0
    while done < len(lines):
        until = done + await turns.granted(len(lines) - done)
        for number, line in lines[done:until]:
            message = quick(line)
            if message is None:
                try:
                    message = by_the_rules(line, rules)
                except BadLine as bad:
                    count += len(bad.errors)
                    if len(errors) < MAX_ERRORS:
                        errors.extend(LineError(number, error.field, error.reason) for error in bad.errors)
                    continue
            messages.append(message)
        done = until
    if count:
        raise BadLines(errors[:MAX_ERRORS], count)
    return messages


def by_the_rules(line: bytes, rules: EventRules) -> Message:
    """The message of any line. Raises `BadLine`."""
    event = rules.event(line)
    return event.key, message_encoder()(event)
