"""What makes the state: a count and a few sales of every SKU; and behind it, sales by Zipf's law."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.drain.backlog import Backlog, by_zipf, hold, write
from ops import topics as kafka_topics
from schemas import topics

SALES_OF_EACH = 3
SEED = 1


@dataclass(frozen=True, slots=True)
class History:
    """So many SKUs, and so many sales once each of them has a state."""

    backlog: Backlog

    @classmethod
    def filled(cls, kafka: str, skus: int, sales: int) -> "History":
        """With a topic of its own, to which all but the sales behind it is written."""
        history = cls(Backlog(kafka, uuid4(), sales, skus))
        kafka_topics.ensure(kafka, [*topics.SHARED, history.backlog.topic])
        write(kafka, history.backlog.topic.name, history._of_each())
        return history

    def hold_sales(self) -> Callable[[], None]:
        """Write the sales so that the job does not see them before the call of what is returned."""
        backlog = self.backlog
        numbers = by_zipf(SEED, backlog.skus, backlog.events)
        return hold(backlog.kafka, backlog.topic.name, (backlog.sale_of(number) for number in numbers))

    @property
    def events_before(self) -> int:
        """Until each SKU has its state."""
        return self.backlog.skus * (1 + SALES_OF_EACH)

    @property
    def events(self) -> int:
        return self.events_before + self.backlog.events

    def _of_each(self) -> Iterator[dict[str, Any]]:
        # those of one SKU together, so that they meet in one window
        for number in range(self.backlog.skus):
            yield self.backlog.count_of(number)
            yield from [self.backlog.sale_of(number)] * SALES_OF_EACH
