"""What the benchmark of alert queries compares, and on which cores its parts run."""

import os
from subprocess import Popen

import psutil
import pytest

from bench.alert_query import BASELINE, COMMON_RATE, VARIANTS, Measured, of_baseline, rates_of
from bench.served_api import core_of_api, on_other_cores


def measured(variant: str, rate: int, api_us: float) -> Measured:
    return Measured(variant, rate, rate, 1.0, 2.0, api_us, 10.0, 10.0)


def test_all_ways_are_asked_at_one_rate_at_least() -> None:
    common = set.intersection(*(set(rates_of(variant, [2_000, 500])) for variant in VARIANTS))
    assert common == {COMMON_RATE}
    assert rates_of("RiskStore", [2_000, COMMON_RATE, 500]) == [COMMON_RATE, 500, 2_000]


def test_only_what_was_asked_at_the_same_rate_is_compared() -> None:
    runs = [
        measured(BASELINE, 50, 900.0),
        measured(BASELINE, COMMON_RATE, 1_000.0),
        measured("RiskStore", COMMON_RATE, 400.0),
        measured("RiskStore", 3_000, 300.0),
    ]
    assert [of_baseline(runs, one) for one in runs] == [None, 1.0, 0.4, None]


def test_without_its_baseline_nothing_is_compared() -> None:
    one = measured("RiskStore", COMMON_RATE, 400.0)
    assert of_baseline([one], one) is None


def test_the_load_and_the_store_leave_the_core_of_the_api_to_it() -> None:
    before = os.sched_getaffinity(0)
    others = before - {core_of_api()}
    if not others:
        pytest.skip("there is one core only")
    with Popen(["sleep", "60"]) as process:
        try:
            store = psutil.Process(process.pid)
            with on_other_cores(store):
                assert os.sched_getaffinity(0) == others
                assert set(store.cpu_affinity() or ()) == others
            assert os.sched_getaffinity(0) == set(store.cpu_affinity() or ()) == before
        finally:
            process.kill()


def test_where_there_is_one_core_all_share_it() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        with on_other_cores(psutil.Process()):
            assert os.sched_getaffinity(0) == {min(before)}
    finally:
        os.sched_setaffinity(0, before)
