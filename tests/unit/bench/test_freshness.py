"""The arithmetic of the freshness benchmark, and the load that it makes."""

import json
from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ingest.event_rules import QUANTITIES
from bench.freshness.highest_rate import highest_rate
from bench.freshness.plan import Asked, Probed, Seen, Sent, Tenant
from bench.freshness.shop import FEWEST_EVENTS, MOST_EVENTS, SEEDED_SALES, Shop
from bench.freshness.verdict import Lag, Outcome, Span, growth, outcome, quantiles, settled_after

TENANTS = [Tenant(str(UUID(int=number)), "token") for number in range(5)]
STEADY, BURST, AFTER = Span(0, 10), Span(10, 15), Span(15, 40)


def seen(
    sent: list[Sent] | None = None, asked: list[Asked] | None = None, probed: list[Probed] | None = None
) -> Seen:
    return Seen(sent or [], asked or [], probed or [], refused_probes=[4.0, 12.0], skipped_probes=0)


def test_quantiles_by_nearest_rank() -> None:
    found = quantiles([float(number) for number in range(100, 0, -1)])
    assert (found.count, found.p50, found.p95, found.p99) == (100, 50.0, 95.0, 99.0)
    assert quantiles([]).p50 is None


@given(st.lists(st.floats(0, 100), max_size=50), st.integers(0, 50))
def test_what_never_came_is_never_better_than_what_came_late(came: list[float], never: int) -> None:
    missing: list[float | None] = [None] * never
    found, late = quantiles([*came, *missing]), quantiles([*came, *[1e9] * never])
    for with_none, with_late in ((found.p50, late.p50), (found.p95, late.p95), (found.p99, late.p99)):
        assert with_none == with_late or (with_none is None and with_late in (None, 1e9))


def test_growth_is_from_the_first_quarter_to_the_last() -> None:
    assert growth([0, 0, 50, 50, 50, 50, 100, 100]) == 100
    assert growth([7] * 20) == 0
    assert growth([1, 9, 9]) is None


def test_a_phase_is_what_was_due_in_it_whenever_its_answer_came() -> None:
    found = outcome(
        seen(
            sent=[
                Sent(1.0, 1.2, 300, 202),
                Sent(2.0, 11.0, 200, 202),
                Sent(3.0, 3.1, 100, 429),
                Sent(10.0, 10.1, 9, 202),
            ],
            asked=[Asked(1.0, 1.005, 200), Asked(9.0, 9.001, 503), Asked(10.0, 10.1, 200)],
            probed=[Probed(4.0, 6.0), Probed(9.5, 13.5), Probed(12.0, None)],
        ),
        [Lag(0.0, 10, 1), Lag(5.0, 70, 2), Lag(12.0, 900, 90)],
        STEADY,
    )
    assert found.events_a_second == 50
    assert found.refused == 3
    assert (found.freshness_s.count, found.freshness_s.p50, found.freshness_s.p99) == (2, 2.0, 4.0)
    assert found.queries_ms.p50 == pytest.approx(5)
    assert found.posts_ms.p99 == pytest.approx(9_000)
    assert (found.job_lag, found.writer_lag) == (70, 2)


def steady_outcome(**changes: object) -> Outcome:
    fresh = quantiles([1.0, 2.0])
    values: dict[str, object] = {
        **{"events_a_second": 1_000.0, "refused": 0, "freshness_s": fresh, "queries_ms": fresh},
        **{"posts_ms": fresh, "job_lag": 100, "writer_lag": 50, "job_growth": 0.0, "writer_growth": 0.0},
        **changes,
    }
    return Outcome(**values)  # type: ignore[arg-type]  # as the class has them


@pytest.mark.parametrize(
    "worse",
    [
        {"refused": 1},
        {"freshness_s": quantiles([1.0, 5.1])},
        {"freshness_s": quantiles([1.0, None])},
        {"freshness_s": quantiles([])},
        {"queries_ms": quantiles([1.0, 50.1])},
        {"queries_ms": quantiles([])},
        {"job_growth": None},
        {"job_growth": 1_001.0},
        {"writer_growth": 201.0},
    ],
)
def test_a_phase_holds_only_if_nothing_is_wrong(worse: dict[str, object]) -> None:
    assert steady_outcome().holds(predictions_a_second=200)
    assert not steady_outcome(**worse).holds(predictions_a_second=200)


def lags(high_until: float) -> list[Lag]:
    return [Lag(float(at), 5_000 if BURST.begin <= at < high_until else 90, 40) for at in range(40)]


def test_after_a_burst_the_last_high_lag_or_late_probe_counts() -> None:
    def settled(high_until: float, *probed: Probed) -> float | None:
        return settled_after(seen(probed=[*probed]), lags(high_until), steady_outcome(), BURST)

    assert settled(high_until=15) == 0
    assert settled(high_until=23) == 7
    assert settled(23, Probed(14.0, 26.0)) == 11
    assert settled(23, Probed(30.0, 32.0)) == 7
    assert settled(23, Probed(14.0, None)) is None
    assert settled(high_until=40) is None
    assert settled(15, Probed(1.0, 9.0)) == 0


@given(st.floats(0, 50_000), st.floats(1_000, 10_000), st.floats(20_000, 60_000))
def test_the_highest_rate_is_found_within_its_step(limit: float, surely: float, hardly: float) -> None:
    found = highest_rate(lambda rate: rate <= limit, surely, hardly, within=500)
    if limit < surely:
        assert found == 0
    else:
        assert found <= limit
        assert found >= min(hardly, limit - 500)


def test_bodies_are_of_one_tenant_and_its_own_skus_by_their_shares() -> None:
    counts: Counter[str] = Counter()
    for body in Shop(TENANTS, skus=100, rate=1_000).sales(bodies=40):
        events = [json.loads(line) for line in body.ndjson.split(b"\n")]
        assert FEWEST_EVENTS <= len(events) == body.events <= MOST_EVENTS
        assert {event["tenant_id"] for event in events} == {body.tenant.tenant_id}
        for event in events:
            least, most = QUANTITIES[event["event_type"]]
            assert least <= event["payload"]["qty"] <= most
            number = int(event["payload"]["sku"].removeprefix("SKU-"))
            assert TENANTS[number % len(TENANTS)] == body.tenant
            counts[event["payload"]["sku"]] += 1
    # by Zipf's law with 0.8 the first sells 2 ** 0.8 times the second, of another tenant, and so on
    assert counts["SKU-000000"] > 3 * counts["SKU-000020"] > 0


def test_the_history_counts_each_sku_once_and_sells_some() -> None:
    events = [
        json.loads(line)
        for body in Shop(TENANTS, skus=23, rate=1_000).history()
        for line in body.ndjson.split(b"\n")
    ]
    kinds = Counter((event["event_type"], event["payload"]["sku"]) for event in events)
    assert len({sku for _, sku in kinds}) == 23
    assert {kinds["stock.counted", sku] for _, sku in kinds} == {1}
    assert {kinds["order.created", sku] for _, sku in kinds} == {SEEDED_SALES}


def test_the_same_seed_makes_the_same_load() -> None:
    first, second = (Shop(TENANTS, 100, 1_000, seed=7).sales(3) for _ in range(2))
    assert first == second
    assert first != Shop(TENANTS, 100, 1_000, seed=8).sales(3)
