"""How messages and ends of partitions become one write."""

from dataclasses import replace

import pytest
from model_records import lineage
from prediction_records import NOON_MS, TENANT, prediction

from feature_writer.batches import Batch, fresh_times
from feature_writer.consuming import End, Received
from feature_writer.deletion_changes import DeletionChange
from schemas.encoding import Record, encoder
from schemas.model_keys import newest_key, pinned_key
from schemas.prediction_deletions import Deletion, State, key_of


def of_prediction(partition: int, offset: int, **changes: object) -> Received:
    return Received("predictions", partition, offset, encoder("prediction")(prediction(**changes)))


def of_model(offset: int, key: bytes, update: Record | None) -> Received:
    value = None if update is None else encoder("model_update")(update)
    return Received("models", 0, offset, value, key, NOON_MS)


def of_deletion(offset: int, deletion: Deletion) -> Received:
    value = encoder("prediction_deletion")(deletion.record(TENANT, NOON_MS))
    return Received("prediction-deletions", 0, offset, value, key_of(TENANT, deletion.deletion_id))


def of_alert(offset: int, change: str) -> Received:
    record = {
        **{"alert_id": "a", "change": change, "tenant_id": "t", "sku": "s", "warehouse": "w"},
        **{"raised_at": 0, "changed_at": 0, "threshold": 0.7, "probability": 0.9, "stock": 1},
        "model_version": "m",
    }
    return Received("alerts", 0, offset, encoder("alert")(record))


def test_a_batch_holds_predictions_counts_alerts_and_ends_at_the_offsets_to_read_next() -> None:
    batch = Batch.of(
        [
            of_prediction(2, 7),
            of_alert(0, "raised"),
            of_alert(1, "resolved"),
            of_alert(4, "raised"),
            of_prediction(2, 9),
            End("predictions", 2, 11),
            End("alerts", 0, 5),
        ]
    )
    assert [partition for partition, _ in batch.predictions] == [2, 2]
    assert batch.alert_changes == {"raised": 2, "resolved": 1}
    assert batch.next_offsets == {("predictions", 2): 10, ("alerts", 0): 5}
    assert batch.ends == {("predictions", 2): 11}
    assert batch.unreadable == []


def test_changes_of_models_keep_their_order_and_their_end_counts() -> None:
    first, second = lineage(TENANT, 2)
    batch = Batch.of(
        [
            of_model(0, newest_key(TENANT), first),
            of_model(1, newest_key(TENANT), second),
            of_model(2, pinned_key(TENANT), None),
            of_model(3, b"nobody", second),
            End("models", 0, 4),
        ]
    )
    changes = [
        (change.is_pin, change.version and change.version["model_version"]) for change in batch.model_changes
    ]
    assert changes == [(False, first["model_version"]), (False, second["model_version"]), (True, None)]
    assert [one.message.offset for one in batch.unreadable] == [3]
    assert batch.next_offsets == batch.ends == {("models", 0): 4}


def test_an_unreadable_message_is_set_aside_and_passed_over() -> None:
    bad_prediction, bad_alert = Received("predictions", 0, 3, b"x"), Received("alerts", 0, 8, None)
    batch = Batch.of([of_prediction(0, 2), bad_prediction, bad_alert, of_prediction(0, 4)])
    assert [(one.message, one.error.reason) for one in batch.unreadable] == [
        (bad_prediction, "malformed"),
        (bad_alert, "tombstone"),
    ]
    assert len(batch.predictions) == 2
    assert batch.next_offsets == {("predictions", 0): 5, ("alerts", 0): 9}


def test_a_message_without_a_value_takes_away_what_came_before_it() -> None:
    key = f"{TENANT}|SKU-1|berlin".encode()
    batch = Batch.of(
        [
            of_prediction(0, 0),
            of_prediction(0, 1, sku="SKU-2"),
            Received("predictions", 0, 2, None, key),
            of_prediction(0, 3, stock=7),
            Received("predictions", 0, 4, None, b"nobody"),
        ]
    )
    assert batch.taken_away == {(TENANT, "SKU-1", "berlin")}
    assert [(record["sku"], record["stock"]) for _, record in batch.predictions] == [
        ("SKU-2", 3),
        ("SKU-1", 7),
    ]
    assert [(one.message.offset, one.error.reason) for one in batch.unreadable] == [(4, "invalid")]


def test_deletions_keep_their_order_and_their_end_counts() -> None:
    deletion = Deletion("d", "SKU-1", None, None, NOON_MS)
    restored = replace(deletion, state=State.RESTORED)
    batch = Batch.of(
        [
            of_deletion(0, deletion),
            of_deletion(1, restored),
            Received("prediction-deletions", 0, 2, None, key_of(TENANT, "e")),
            End("prediction-deletions", 0, 3),
        ]
    )
    assert batch.deletion_changes == [
        DeletionChange(TENANT, "d", deletion),
        DeletionChange(TENANT, "d", restored),
        DeletionChange(TENANT, "e", None),
    ]
    assert batch.ends == {("prediction-deletions", 0): 3}


@pytest.mark.parametrize(
    ("key", "changes", "reason"),
    [
        (b"nobody|d", {}, "invalid"),
        (key_of(TENANT, "e"), {}, "wrong-tenant"),
        (key_of(TENANT, "d"), {"made_until": -1}, "invalid"),
        (key_of(TENANT, "d"), {"made_from": -1}, "invalid"),
    ],
)
def test_what_is_no_deletion_is_unreadable(key: bytes, changes: Record, reason: str) -> None:
    record = Deletion("d", None, None, None, NOON_MS).record(TENANT, NOON_MS) | changes
    (unreadable,) = Batch.of(
        [Received("prediction-deletions", 0, 0, encoder("prediction_deletion")(record), key)]
    ).unreadable
    assert unreadable.error.reason == reason


def test_a_partition_is_as_fresh_as_its_newest_prediction() -> None:
    later = NOON_MS + 5
    batch = Batch.of(
        [of_prediction(0, 0, updated_at=later), of_prediction(0, 1, sku="B"), of_prediction(1, 0)]
    )
    assert fresh_times(batch) == {0: later, 1: NOON_MS}
