"""What is current after any changes, and that a store which drops what is not newer never drops a change."""

from hypothesis import given
from hypothesis import strategies as st
from model_records import model_update
from prediction_records import NOON_MS, TENANT

from feature_writer.current_models import CurrentModel, after
from feature_writer.model_changes import ModelChange

NOTHING = CurrentModel(TENANT)


def change(name: str | None, is_pin: bool = False, at_ms: int = NOON_MS) -> ModelChange:
    version = None if name is None else model_update(model_version=name, created_at=NOON_MS - 5)
    return ModelChange(TENANT, is_pin, version, at_ms)


changes = st.lists(
    st.builds(change, st.sampled_from([None, "a", "b"]), st.booleans(), st.integers(NOON_MS - 3, NOON_MS + 3))
)


def test_a_learned_version_and_a_pin_are_kept_apart() -> None:
    learned = after(NOTHING, change("b"))
    assert learned == CurrentModel(TENANT, "b", NOON_MS - 5, None, None, NOON_MS)
    pinned = after(learned, change("a", is_pin=True, at_ms=NOON_MS + 60_000))
    assert pinned == CurrentModel(TENANT, "b", NOON_MS - 5, "a", NOON_MS + 60_000, NOON_MS + 60_000)
    assert after(pinned, change(None, is_pin=True)) == CurrentModel(
        TENANT, "b", NOON_MS - 5, None, None, NOON_MS + 60_001
    )


def test_a_newest_version_that_is_taken_away_leaves_the_pin() -> None:
    pinned = after(after(NOTHING, change("b")), change("a", is_pin=True))
    assert after(pinned, change(None)) == CurrentModel(TENANT, None, None, "a", NOON_MS, NOON_MS + 2)


@given(changes)
def test_the_last_word_on_each_holds_and_each_state_is_strictly_newer(stream: list[ModelChange]) -> None:
    state = NOTHING
    for one in stream:
        before, state = state, after(state, one)
        assert state.updated_at > before.updated_at
        assert state.updated_at >= one.at_ms
    for is_pin, name in ((False, state.newest_version), (True, state.pinned_version)):
        said = [one.version for one in stream if one.is_pin == is_pin]
        assert name == (said[-1]["model_version"] if said and said[-1] is not None else None)
