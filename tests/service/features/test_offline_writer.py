"""The offline writer: every prediction is in the files once, also after a crash."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pyarrow.dataset as ds
import pytest
from service.features.prediction_log import PredictionLog, eventually
from service.features.writer_process import WriterProcess

from feature_writer import history_files
from ops.stack import Stack
from schemas.prediction_deletions import Deletion, State

pytestmark = pytest.mark.service


@pytest.fixture
def offline_writer(feature_stack: Stack) -> Iterator[WriterProcess]:
    writer = WriterProcess(
        "offline", feature_stack, AURORA_OFFLINE_FILE_ROWS="400", AURORA_OFFLINE_FILE_AGE="PT2S"
    )
    yield writer
    writer.kill()


def stocks(history: Path, tenant_id: str) -> Counter[int]:
    """The stock of each row of the tenant; tests number their predictions by it."""
    if not history.exists():
        return Counter()
    files = ds.dataset(history, history_files.SCHEMA, format="parquet")
    table = files.to_table(filter=ds.field("tenant_id") == tenant_id)
    return Counter(table["stock"].to_pylist())


def test_every_prediction_is_in_the_files_once_though_the_writer_is_killed(
    offline_writer: WriterProcess, feature_stack: Stack, log: PredictionLog
) -> None:
    history = feature_stack.settings.feature_history
    offline_writer.start()
    sent = 0
    for _ in range(3):
        for _ in range(3):
            log.send(log.now(sku=f"SKU-{number % 7}", stock=number) for number in range(sent, sent + 700))
            sent += 700
            time.sleep(0.5)
        eventually(lambda: len(stocks(history, log.tenant_id)) > sent - 1_500)
        offline_writer.kill()
        offline_writer.start()
    eventually(lambda: len(stocks(history, log.tenant_id)) == sent)
    assert stocks(history, log.tenant_id) == Counter(range(sent))


def test_what_was_gathered_is_written_when_it_is_told_to_stop(
    offline_writer: WriterProcess, feature_stack: Stack, log: PredictionLog
) -> None:
    history = feature_stack.settings.feature_history
    offline_writer.start()
    log.send_bytes(b"no prediction")
    log.send([log.now(stock=1)])
    eventually(lambda: stocks(history, log.tenant_id) == {1: 1})
    log.send([log.now(stock=2)])
    # long enough to be read, not long enough for a file
    time.sleep(1)
    assert offline_writer.stop() == 0
    assert stocks(history, log.tenant_id) == {1: 1, 2: 1}


def test_what_is_deleted_leaves_the_files_and_comes_back(
    offline_writer: WriterProcess, feature_stack: Stack, log: PredictionLog
) -> None:
    history = feature_stack.settings.feature_history
    offline_writer.start()
    log.send([log.now(sku=f"SKU-{number}", stock=number) for number in range(3)])
    eventually(lambda: stocks(history, log.tenant_id) == {0: 1, 1: 1, 2: 1})
    deletion = Deletion(str(uuid4()), "SKU-1", None, None, log.now()["updated_at"] + 1)
    log.delete(deletion)
    eventually(lambda: stocks(history, log.tenant_id) == {0: 1, 2: 1})
    offline_writer.kill()
    log.delete(replace(deletion, state=State.RESTORED))
    offline_writer.start()
    eventually(lambda: stocks(history, log.tenant_id) == {0: 1, 1: 1, 2: 1})
