"""What counts as a prediction, and which of several is the newest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prediction_records import prediction

from feature_writer.predictions import key, newest, read
from schemas.encoding import UnreadableMessage, encoder

encode = encoder("prediction")


def test_a_prediction_is_read_as_it_was_sent() -> None:
    sent = prediction(predicted_oos_at=None, alert_since=None, received_at=None)
    assert read(encode(sent)) == sent


@pytest.mark.parametrize(
    "fault",
    [
        {"probability": 1.000001},
        {"probability": -0.1},
        {"probability": math.nan},
        {"velocity": math.inf},
        {"velocity": math.nan},
        {"sku": ""},
        {"sku": "a|b"},
        {"sku": "x" * 65},
        {"warehouse": "a|b"},
        {"tenant_id": "acme"},
        {"updated_at": -1},
        {"alert_since": -1},
        {"oos_earliest_at": -1},
        {"oos_latest_at": -1},
    ],
)
def test_values_that_no_prediction_can_have_make_a_message_unreadable(fault: dict[str, object]) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        read(encode(prediction(**fault)))
    assert caught.value.reason == "invalid"
    assert next(iter(fault)) in caught.value.detail


def test_a_tombstone_is_unreadable() -> None:
    with pytest.raises(UnreadableMessage) as caught:
        read(None)
    assert caught.value.reason == "tombstone"


@given(
    st.lists(
        st.builds(
            lambda sku, at: prediction(sku=sku, updated_at=at), st.sampled_from("ABC"), st.integers(0, 5)
        )
    )
)
def test_the_newest_of_each_key_is_kept_and_of_equals_the_last(stream: list[dict[str, object]]) -> None:
    kept = newest(stream)
    assert [key(one) for one in kept] == list(dict.fromkeys(key(one) for one in stream))
    for one in kept:
        same = [other for other in stream if key(other) == key(one)]
        latest = max(other["updated_at"] for other in same)  # type: ignore[type-var]  # all are int
        assert one is [other for other in same if other["updated_at"] == latest][-1]
