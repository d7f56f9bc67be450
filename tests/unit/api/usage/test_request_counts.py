"""Requests counted until they are stored."""

from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import OTHER_TENANT, TENANT

from api.usage.request_counts import HOUR_S, RequestCounts, Requests


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0 * HOUR_S

    def __call__(self) -> float:
        return self.now


def test_requests_are_counted_by_tenant_and_hour() -> None:
    clock = Clock()
    counts = RequestCounts(clock)
    for tenant, refused in ((TENANT, False), (TENANT, True), (OTHER_TENANT, False)):
        counts.count(tenant, refused)
    clock.now += HOUR_S
    counts.count(TENANT, refused=False)
    assert counts.fetch() == {
        (TENANT, 1000): Requests(1, 1),
        (OTHER_TENANT, 1000): Requests(1, 0),
        (TENANT, 1001): Requests(1, 0),
    }
    assert counts.fetch() == {}


Action = int | str
"""Minutes that pass, or what happens."""


@given(
    st.lists(st.one_of(st.integers(0, 90), st.sampled_from(["request", "refusal", "stored", "not stored"])))
)
def test_no_request_is_lost_or_counted_twice(actions: list[Action]) -> None:
    clock = Clock()
    counts = RequestCounts(clock)
    stored, expected = Requests(), Requests()

    def store() -> None:
        for requests in counts.fetch().values():
            stored.taken += requests.taken
            stored.refused += requests.refused

    for action in actions:
        match action:
            case int():
                clock.now += 60 * action
            case "stored":
                store()
            case "not stored":
                counts.put_back(counts.fetch())
            case _:
                counts.count(TENANT, refused=action == "refusal")
                expected.refused += action == "refusal"
                expected.taken += action == "request"
    store()
    assert stored == expected
