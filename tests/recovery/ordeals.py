"""What is no fault of a part: bad messages, wrong clocks, a tenant over its limit, old events, a savepoint, other slots."""

import random
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from confluent_kafka import KafkaError, Message, Producer
from recovery.faults import Target
from recovery.oracle import COUNTED, Event
from recovery.prober import eventually
from recovery.scene import SETTLED_S, Scene
from recovery.shop import Shop, is_honest
from recovery.tills import Pace, Tills
from savepoints import stopped_with_savepoint

from api.database import Database
from api.limits.limit import Limit
from api.limits.limit_store import set_limit
from ops.accounts_database import on_database
from ops.launch import launch
from ops.operator import operator
from ops.parts import flink
from ops.parts.job import JOB
from ops.stack import Stack
from schemas import topics
from schemas.encoding import encoder

LASTS_S = 15.0
SLOW_CLOCK = timedelta(hours=-7)
SHARE_OF_POISON = 0.01
LIMIT = Limit(10, 10)
TIMES_OVER = 10
GREEDY_THREADS = 4
KNOWN_WITHIN_S = 7.0
"""The API reads limits from the database every five seconds."""
BATCH = 500
OLD_SKUS = 2_000
DRAINED_S = 600.0


@dataclass(frozen=True, slots=True)
class Ordeal:
    """``undergo`` returns when it is over, with what did not hold."""

    name: str
    undergo: Callable[[Scene], list[str]]
    silences: bool = False
    limit_s: float = 30.0


def poison(scene: Scene) -> list[str]:
    """One message in a hundred cannot be read, and some are as long as any may be: each is set aside, and no other."""
    topic = topics.orders(scene.shop.tenant_id)
    producer = Producer(
        {
            "bootstrap.servers": scene.settings.kafka_bootstrap,
            "message.max.bytes": 2 * topic.max_message_bytes,
        }
    )
    placed: set[tuple[str, int, int]] = set()
    refused: list[int] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        if error is None:
            placed.add((topic.name, message.partition() or 0, message.offset() or 0))
        else:
            refused.append(error.code())

    chance, every_s = random.Random(7), 1 / (SHARE_OF_POISON * scene.events_a_second)
    for _ in range(round(LASTS_S / every_s)):
        producer.produce(
            topic.name, _unreadable(chance, topic), f"BAD-{chance.random()}", on_delivery=delivered
        )
        producer.flush(10)
        time.sleep(every_s)
    producer.produce(topic.name, bytes(topic.max_message_bytes + 1), on_delivery=delivered)
    producer.flush(10)
    try:
        eventually(lambda: placed <= scene.witness.letters(), SETTLED_S, "dead letters")
    except TimeoutError:
        pass
    missing = len(placed - scene.witness.letters())
    others = len({each for each in scene.witness.letters() if each[0] == topic.name} - placed)
    return [
        *([f"{missing} of {len(placed)} bad messages have no dead letter"] if missing else []),
        *([f"{others} good messages are dead letters"] if others else []),
        *([] if refused == [KafkaError.MSG_SIZE_TOO_LARGE] else [f"over the limit: {refused}"]),
    ]


def _unreadable(chance: random.Random, topic: topics.Topic) -> bytes | None:
    header = encoder(topic.schema)(
        {"event_id": "", "event_type": "", "tenant_id": "", "occurred_at": 0, "received_at": 0}
    )[:10]
    longest = topic.max_message_bytes - 1_000
    return chance.choice(
        [None, b"", chance.randbytes(200), header + chance.randbytes(50), chance.randbytes(longest)]
    )


def wrong_clock(scene: Scene) -> list[str]:
    """A tenant's clock is hours behind and jumps about: its stock is right, and others stay as fresh as they were."""
    shop = scene.new_shop("slow clock")
    tills = Tills(shop, Pace(clock=SLOW_CLOCK, runs_out=False), 2, lambda _: False, 7)
    tills.start()
    time.sleep(LASTS_S)
    tills.stop()
    return _right_in_the_end(scene, shop, SETTLED_S)


def over_the_limit(scene: Scene) -> list[str]:
    """A tenant asks ten times as often as it may: it is told so, and others are answered as fast as before."""
    shop = scene.new_shop("greedy")

    async def limited(database: Database) -> None:
        async with database.transaction() as session:
            await set_limit(session, operator(), shop.tenant_id, LIMIT)

    on_database(scene.settings, limited)
    time.sleep(KNOWN_WITHIN_S)
    before = _latency_ms(scene, time.time() - LASTS_S)
    began, statuses = time.time(), Counter[str]()
    with ThreadPoolExecutor(GREEDY_THREADS) as pool:
        for each in pool.map(lambda _: _greed(scene, shop), range(GREEDY_THREADS)):
            statuses += each
    during, seconds = _latency_ms(scene, began), time.time() - began
    may = LIMIT.burst + LIMIT.requests_per_second * seconds + LIMIT.lease
    times_over = statuses.total() / (LIMIT.requests_per_second * seconds)
    shop.close()
    return [
        *([f"it asked only {times_over:.1f} times as often"] if times_over < 0.9 * TIMES_OVER else []),
        *([] if set(statuses) == {"200", "429"} else [f"answers to the greedy: {dict(statuses)}"]),
        *([f"{statuses['200']} answers where {may:.0f} are allowed"] if statuses["200"] > may else []),
        # so that noise of a busy machine does not count: it is the median, and half as much again as a whole look
        *([f"others wait {during:.0f} ms instead of {before:.0f}"] if during > 2 * before + 20 else []),
    ]


def _greed(scene: Scene, shop: Shop) -> Counter[str]:
    """One of the threads that ask together ten times as often as they may, at fixed times."""
    statuses: Counter[str] = Counter()
    every_s = GREEDY_THREADS / (TIMES_OVER * LIMIT.requests_per_second)
    began = time.monotonic()
    with httpx.Client(base_url=scene.settings.api_url, timeout=10) as client:
        for number in range(round(LASTS_S / every_s)):
            time.sleep(max(0.0, began + number * every_s - time.monotonic()))
            answer = client.get("/v1/stock/alerts?sku=A", headers=shop.token.header())
            honest = answer.status_code == 200 or is_honest(answer, frozenset({429}))
            statuses[str(answer.status_code) if honest else "dishonest"] += 1
    return statuses


def _latency_ms(scene: Scene, since: float) -> float:
    answers = scene.prober.answers(since, time.time())
    return statistics.median((each.ended - each.began) * 1000 for each in answers)


def old_events(count: int) -> Ordeal:
    """A month's events of another tenant come behind the live ones."""

    def undergo(scene: Scene) -> list[str]:
        shop, chance, begin = (
            scene.new_shop("history"),
            random.Random(7),
            datetime.now(UTC) - timedelta(days=30),
        )
        shop.post([Event.new(COUNTED, f"OLD-{number}", 100_000, begin) for number in range(OLD_SKUS)])
        batches, lock = _old_sales(count, begin, chance), threading.Lock()

        def send() -> None:
            while batch := _next_of(batches, lock):
                shop.post(batch)

        with ThreadPoolExecutor(2) as pool:
            for sent in [pool.submit(send) for _ in range(2)]:
                sent.result()
        return _right_in_the_end(scene, shop, DRAINED_S)

    return Ordeal(f"{count:,} old events", undergo)


def _old_sales(count: int, begin: datetime, chance: random.Random) -> Iterator[list[Event]]:
    for first in range(0, count, BATCH):
        at = begin + timedelta(minutes=1) + first / count * timedelta(days=29)
        yield [Event.new("order.created", f"OLD-{chance.randrange(OLD_SKUS)}", 1, at) for _ in range(BATCH)]


def _next_of(batches: Iterator[list[Event]], lock: threading.Lock) -> list[Event]:
    with lock:
        return next(batches, [])


def savepoint_and_back(scene: Scene) -> list[str]:
    """Twice: the job is stopped with a savepoint, and goes on from it with newly loaded code."""
    for _ in range(2):
        if stopped_with_savepoint(scene.settings.flink_url, JOB, SETTLED_S) is None:
            return ["the job did not stop with a savepoint"]
        # a TaskManager keeps the Python modules that it loaded
        scene.target.send(f"{flink.TASKMANAGER}-1", signal.SIGTERM)
        scene.time_to_recover(120)
    return []


def rescaled(slots: int) -> Ordeal:
    """The same state with another number of slots."""

    def undergo(scene: Scene) -> list[str]:
        target = scene.target
        target.stack.down()
        stack = Stack(target.stack.settings.model_copy(update={"task_managers": slots}))
        scene.target = Target(stack, target.link)
        launch(stack, lambda _: None)
        return []

    return Ordeal(f"rescale to {slots}", undergo, silences=True, limit_s=60)


def _right_in_the_end(scene: Scene, shop: Shop, limit_s: float) -> list[str]:
    found = scene.unsettled(shop, limit_s) or scene.miscounted(shop)
    shop.close()
    return [*(f"another tenant's {each}" for each in found), *shop.dishonest]


def ordeals(old: int) -> tuple[Ordeal, ...]:
    """Every one; ``old`` is how many events the history has."""
    return (
        Ordeal("1 % bad messages", poison),
        Ordeal("a clock hours behind", wrong_clock),
        Ordeal("a tenant ten times over its limit", over_the_limit),
        old_events(old),
        Ordeal("savepoint, restart, and again", savepoint_and_back),
        rescaled(2),
        rescaled(1),
    )
