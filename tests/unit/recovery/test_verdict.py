"""Each thing that must not be is found, and nothing else."""

from dataclasses import replace

import pytest
from recovery.verdict import (
    UNANSWERED,
    Answer,
    Sales,
    Seen,
    longest_silence,
    miscounted,
    wrong_alerts,
    wrong_answers,
    wrong_stock,
)

SKU = "PROBE-0"
# ten were there; one was sold at 100, the next at 200, and each was predicted two seconds later
SEEN = {SKU: [Seen(50, 10, (0.1, 900)), Seen(102, 9, (0.2, 800)), Seen(202, 8, (0.3, 700))]}
SALES = {SKU: Sales(10, [100, 200])}


def answer(at: float, shown: tuple[float, int], fresh_at: float | None) -> Answer:
    age_s = None if fresh_at is None else int(at - fresh_at)
    return Answer(SKU, at, at, 200, shown=(shown,), fresh_at=fresh_at, age_s=age_s)


RIGHT = {
    "the newest": answer(203, (0.3, 700), 203),
    "not in it yet": answer(201, (0.2, 800), 201),
    "old, and says so": answer(230, (0.2, 800), 201.5),
    "away, and says when to come again": Answer(SKU, 203, 203, 503),
}
WRONG = {
    "never predicted": answer(203, (0.3, 800), 203),
    "of an earlier time than it says": answer(203, (0.2, 800), 203),
    "of no time": answer(203, (0.3, 700), None),
    "old, and says that it is new": replace(answer(230, (0.2, 800), 201.5), age_s=0),
    "old, and does not say so": replace(answer(230, (0.2, 800), 201.5), age_s=None),
    "not what was promised": Answer(SKU, 203, 203, 200, honest=False),
    "no warehouse": Answer(SKU, 203, 203, 200, shown=(), fresh_at=203, age_s=0),
    "an error of the server": Answer(SKU, 203, 203, 500),
    "away without a word": Answer(SKU, 203, 203, 503, honest=False),
    "silent": Answer(SKU, 203, 204, UNANSWERED),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_or_honest_answer_is_let_pass(case: str) -> None:
    assert wrong_answers([RIGHT[case]], SEEN, SALES, [], []) == []


@pytest.mark.parametrize("case", WRONG)
def test_any_other_is_found(case: str) -> None:
    assert len(wrong_answers([WRONG[case]], SEEN, SALES, [], [])) == 1


def test_the_api_may_be_silent_only_while_it_is_down_itself() -> None:
    silent = WRONG["silent"]
    assert wrong_answers([silent], SEEN, SALES, [], [(190, 203.5)]) == []
    assert len(wrong_answers([silent], SEEN, SALES, [], [(190, 203), (204, 210)])) == 1


def test_an_old_answer_passes_where_the_status_says_that_something_is_wrong() -> None:
    # the stream stands still after the first sale, and the store knows all that was predicted
    seen, old = {SKU: SEEN[SKU][:2]}, answer(220, (0.2, 800), 219)
    assert len(wrong_answers([old], seen, SALES, [], [])) == 1
    assert len(wrong_answers([old], seen, SALES, [210], [])) == 1
    assert wrong_answers([old], seen, SALES, [216], []) == []


def test_an_old_answer_passes_only_for_what_came_after_it_or_a_moment_before() -> None:
    # the stream stood still before the first sale, which is of 100
    seen = {SKU: SEEN[SKU][:1]}
    assert wrong_answers([answer(230, (0.1, 900), 109)], seen, SALES, [], []) == []
    assert len(wrong_answers([answer(230, (0.1, 900), 112)], seen, SALES, [], [])) == 1


def test_a_sale_that_came_and_went_again_is_missed() -> None:
    seen = {SKU: [*SEEN[SKU], Seen(210, 11, (0.05, 950))]}
    assert len(wrong_answers([answer(211, (0.05, 950), 211)], seen, SALES, [], [])) == 1


def test_silence_is_the_longest_time_without_an_answer() -> None:
    answers = [answer(at, (0.1, 900), at) for at in (1.0, 2.0, 6.0)]
    answers.insert(2, Answer(SKU, 3.0, 4.0, UNANSWERED))
    assert longest_silence(answers, 0.0, 8.0) == 4.0
    assert longest_silence([], 1.0, 8.0) == 7.0


def test_stock_is_compared_sku_by_sku() -> None:
    assert wrong_stock({"A": 1, "B": 2, "C": 3}, {"A": 1, "B": 3}) == [
        "B has 3 instead of 2",
        "C has None instead of 3",
    ]


def alert(sku: str, change: str, alert_id: str = "1") -> dict[str, str]:
    return {"sku": sku, "change": change, "alert_id": alert_id}


RAISED, RESOLVED = alert("A", "raised"), alert("A", "resolved")


def test_alerts_told_once_and_in_order_are_as_they_should_be() -> None:
    findings = wrong_alerts({"A": ("raised", "resolved")}, [RAISED, RESOLVED])
    assert (findings.missing, findings.doubled, findings.disorderly) == ([], [], [])


def test_alerts_that_are_not_are_told_by_what_is_wrong() -> None:
    wanted = {"A": ("raised", "resolved")}
    assert wrong_alerts(wanted, [RAISED]).missing == ["A resolved"]
    assert wrong_alerts(wanted, [RAISED, RAISED, RESOLVED]).doubled == ["A raised"]
    assert wrong_alerts(wanted, [RAISED, alert("A", "resolved", "2")]).doubled == ["A under several ids"]
    assert wrong_alerts(wanted, [RESOLVED, RAISED]).disorderly == ["A resolved before it was raised"]
    assert wrong_alerts({}, [RAISED]).disorderly == ["A raised, which was not to be"]


def test_the_log_must_have_each_accepted_event_once() -> None:
    assert miscounted(["a", "b"], ["b", "a"]) == []
    assert sorted(miscounted(["a", "b", "c"], ["a", "a", "c", "d"])) == [
        "event a is in the log 2 times",
        "event b is in the log 0 times",
        "event d is in the log and was never accepted",
    ]
