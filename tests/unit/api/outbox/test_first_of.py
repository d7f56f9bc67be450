"""How much of what waits is published at once."""

from hypothesis import given
from hypothesis import strategies as st

from api.outbox.relay import MOST_BYTES, first_of

LENGTHS = st.lists(st.integers(0, 2 * MOST_BYTES), max_size=40).map(lambda found: [*enumerate(found)])


@given(LENGTHS)
def test_as_many_as_fit_and_no_more(lengths: list[tuple[int, int]]) -> None:
    taken = first_of(lengths)
    assert taken == [number for number, _ in lengths[: len(taken)]]
    total = sum(length for _, length in lengths[: len(taken)])
    assert total <= MOST_BYTES or len(taken) == 1
    if len(taken) < len(lengths):
        assert total + lengths[len(taken)][1] > MOST_BYTES


def test_one_that_is_too_long_goes_alone() -> None:
    assert first_of([(7, MOST_BYTES + 1), (8, 1)]) == [7]
    assert first_of([]) == []
