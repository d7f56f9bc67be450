"""The online writer against a real Kafka and Redis: whatever happens, the store ends as the topic says."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from uuid import uuid4

import pytest
from redis import Redis
from service.features.online_state import assert_is_as_sent, has_stored
from service.features.prediction_log import PredictionLog, eventually
from service.features.writer_process import WriterProcess

from feature_writer.settings import Settings
from ops.stack import Stack
from schemas import online_store as keys
from schemas.encoding import Record
from schemas.prediction_deletions import Deletion, State

pytestmark = pytest.mark.service


def alert_counts(redis: Redis) -> dict[str, int]:
    found = redis.hgetall(keys.ALERTS_GENERATED)
    assert isinstance(found, dict)
    return {change: int(count) for change, count in found.items()}


def observed(redis: Redis) -> int:
    """How many latencies were counted."""
    count = redis.hget(keys.PREDICTION_LATENCY, "count")
    return int(count) if isinstance(count, str) else 0


def history_of(log: PredictionLog, skus: int, updates: int) -> list[Record]:
    """Several predictions of each SKU, whose alert comes and goes."""
    start = log.now()["updated_at"]
    return [
        log.now(
            sku=f"SKU-{sku}",
            warehouse=f"W{sku % 3}",
            stock=update,
            updated_at=start + update,
            alert_since=None if (sku + update) % 3 else start + update,
        )
        for update in range(updates)
        for sku in range(skus)
    ]


def test_predictions_arrive_with_their_index_and_counts(
    online_writer: WriterProcess, writer_settings: Settings, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    before, counted = observed(redis_client), alert_counts(redis_client)
    # two within the same second, and then one that is older than both
    first = log.now(stock=5, updated_at=log.now()["updated_at"] // 1000 * 1000 + 1)
    second = {**first, "stock": 4, "updated_at": first["updated_at"] + 1}
    log.send([first, second, log.now(warehouse="hamburg", alert_since=None, predicted_oos_at=None)])
    log.send_alerts(["raised", "updated", "updated"])
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    eventually(lambda: alert_counts(redis_client).get("updated", 0) == counted.get("updated", 0) + 2)
    assert observed(redis_client) > before
    late = {**first, "stock": 9}
    log.send([late])
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    log.newest["SKU-1", "berlin"] = second
    assert_is_as_sent(redis_client, writer_settings, log)


def test_one_that_comes_late_is_told_for_a_while(
    online_writer: WriterProcess, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    eventually(lambda: redis_client.exists(keys.LATE) == 0)
    log.send([log.now(), log.now(warehouse="hamburg", received_at=None)])
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert redis_client.get(keys.LATE) is None
    log.send([log.now(received_at=log.now()["received_at"] - 8_000)])
    eventually(lambda: redis_client.exists(keys.LATE) == 1)
    late_ms = redis_client.get(keys.LATE)
    assert isinstance(late_ms, str) and 8_000 <= int(late_ms) < 60_000
    eventually(lambda: redis_client.exists(keys.LATE) == 0)


def test_a_killed_writer_loses_nothing_and_counts_nothing_twice(
    online_writer: WriterProcess, writer_settings: Settings, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    online_writer.kill()
    counted = alert_counts(redis_client)
    stored = sum(map(int, redis_client.hvals(keys.OFFSETS)))  # type: ignore[arg-type]  # not awaitable
    log.send(history_of(log, skus=2_000, updates=12))
    log.send_alerts(["raised"] * 500)
    online_writer.start()
    eventually(lambda: sum(map(int, redis_client.hvals(keys.OFFSETS))) > stored + 2_000)  # type: ignore[arg-type]
    online_writer.kill()
    assert not has_stored(redis_client, log.end_offsets()), "killed too late to prove anything"
    online_writer.start()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    eventually(lambda: alert_counts(redis_client)["raised"] >= counted.get("raised", 0) + 500)
    assert alert_counts(redis_client)["raised"] == counted.get("raised", 0) + 500


@pytest.mark.parametrize("writer_runs", [True, False])
def test_an_emptied_store_is_filled_again(
    online_writer: WriterProcess,
    writer_settings: Settings,
    redis_client: Redis,
    log: PredictionLog,
    writer_runs: bool,
) -> None:
    online_writer.start()
    log.send(history_of(log, skus=50, updates=3))
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    if not writer_runs:
        assert online_writer.stop() == 0
    redis_client.flushdb()
    online_writer.start()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    # what was read in again says nothing of how fast predictions come
    assert observed(redis_client) == 0


def test_a_store_restored_from_an_older_copy_catches_up(
    online_writer: WriterProcess, writer_settings: Settings, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    older, newer = history_of(log, skus=30, updates=1), history_of(log, skus=30, updates=5)
    log.send(older)
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    with Redis.from_url(writer_settings.redis_url) as raw:
        copy = {key: raw.dump(key) for key in raw.scan_iter()}
        log.send([{**record, "updated_at": record["updated_at"] + 1_000} for record in newer])
        eventually(lambda: has_stored(redis_client, log.end_offsets()))
        with raw.pipeline(transaction=True) as pipe:
            pipe.flushdb()
            for key, value in copy.items():
                pipe.restore(key, 0, value)
            pipe.execute()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)


def test_an_unreadable_message_becomes_a_dead_letter_once_and_stops_nothing(
    online_writer: WriterProcess, writer_settings: Settings, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    broken = b"no prediction of " + log.tenant_id.encode()
    log.send([log.now(stock=1)])
    log.send_bytes(broken)
    log.send([log.now(stock=2)])
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    (letter,) = log.dead_letters()
    assert (letter["topic"], letter["reason"], letter["value"]) == ("predictions", "malformed", broken)
    online_writer.stop()
    redis_client.flushdb()
    online_writer.start()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert len(log.dead_letters()) == 1


def test_what_is_taken_away_or_deleted_is_gone_also_when_the_store_is_filled_again(
    online_writer: WriterProcess, writer_settings: Settings, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    kept, gone, hidden = (log.now(sku=f"SKU-{number}") for number in range(3))
    log.send([kept, gone, hidden])
    log.take_away("SKU-1", "berlin")
    deletion = Deletion(str(uuid4()), "SKU-2", None, None, hidden["updated_at"] + 1)
    log.delete(deletion)
    del log.newest["SKU-2", "berlin"]
    eventually(lambda: redis_client.exists(keys.hidden(log.tenant_id)) == 1)
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    assert log.dead_letters() == []
    redis_client.flushdb()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    log.delete(replace(deletion, state=State.RESTORED))
    log.newest["SKU-2", "berlin"] = hidden
    eventually(lambda: redis_client.exists(keys.hidden(log.tenant_id)) == 0)
    assert_is_as_sent(redis_client, writer_settings, log)


def test_an_emptied_store_is_complete_though_predictions_never_pause(
    online_writer: WriterProcess, redis_client: Redis, log: PredictionLog
) -> None:
    stop = Event()

    def go_on() -> None:
        while not stop.is_set():
            log.send(history_of(log, skus=40, updates=1))

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(go_on)
        try:
            online_writer.start()
            eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
            redis_client.flushdb()
            eventually(lambda: redis_client.exists(keys.COMPLETE) == 1, within_s=30)
        finally:
            stop.set()
        sent.result()
    eventually(lambda: has_stored(redis_client, log.end_offsets()))


def test_a_killed_redis_is_waited_for(
    online_writer: WriterProcess,
    writer_settings: Settings,
    redis_client: Redis,
    feature_stack: Stack,
    log: PredictionLog,
) -> None:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    os.kill(feature_stack.status()["redis"].process.pid, signal.SIGSTOP)
    log.send(history_of(log, skus=20, updates=2))
    os.kill(feature_stack.status()["redis"].process.pid, signal.SIGKILL)
    log.send([log.now(sku="SKU-1", warehouse="W1", stock=77)])
    feature_stack.up({"redis"})
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert_is_as_sent(redis_client, writer_settings, log)
    assert online_writer.runs


def test_a_writer_that_is_told_to_stop_leaves_its_work_done(
    online_writer: WriterProcess, redis_client: Redis, log: PredictionLog
) -> None:
    online_writer.start()
    log.send(history_of(log, skus=10, updates=1))
    eventually(lambda: has_stored(redis_client, log.end_offsets()))
    assert online_writer.stop() == 0


def test_two_writers_share_the_partitions(
    online_writer: WriterProcess,
    writer_settings: Settings,
    redis_client: Redis,
    feature_stack: Stack,
    log: PredictionLog,
) -> None:
    online_writer.start()
    other = WriterProcess("online", feature_stack, AURORA_WRITER_INSTANCE="2")
    other.start()
    try:
        eventually(lambda: "reading on" in other.log)
        log.send(history_of(log, skus=500, updates=10))
        eventually(lambda: has_stored(redis_client, log.end_offsets()))
        assert_is_as_sent(redis_client, writer_settings, log)
    finally:
        assert other.stop() == 0
