"""The page that shows a back-test."""

import re
from dataclasses import replace

import numpy as np
import pytest
from unit.backtest.answered import answers_of, said
from unit.backtest.logs import HOUR_MS, at
from unit.backtest.pages import Page

from backtest.evaluation import Evaluation, evaluate
from backtest.event_columns import MISSING, ints
from backtest.outcomes import Moments, Outcomes
from backtest.report import MOST_TURNS, Subject, html
from udfs.model_version import ModelVersion

NASTY = '<b>&"tea"</b>'
DAYS = 40


def evaluation(probability: float = 0.8) -> Evaluation:
    """One SKU that runs out at 20 o'clock of every third day; an answer every six hours."""
    hours = range(0, 24 * DAYS, 6)
    out_hours = [24 * day + 20 for day in range(0, DAYS, 3)]
    answers = answers_of(
        [(at(hour), said(0, probability if hour % 72 < 20 else 0.02, at(hour + 5))) for hour in hours]
    )
    outs = Moments(ints([0] * len(out_hours)), ints([at(hour) for hour in out_hours]))
    ran_out_ms = outs.next_after(answers.key, answers.at_ms)
    ran_out = (ran_out_ms != MISSING) & (ran_out_ms - answers.at_ms <= 24 * HOUR_MS)
    restocked = answers.at_ms % (5 * 24 * HOUR_MS) == 0
    happened = Outcomes(ran_out_ms, restocked, np.ones(len(answers), bool), ran_out)
    found = evaluate(answers, happened, outs, 6 * HOUR_MS)
    assert found is not None
    return found


def version(number: int, reason: str) -> ModelVersion:
    return ModelVersion(f"nb-2.{number}-abcdef", "nb-2", at(number), at(0), at(1), "{}", "", {}, reason, 812)


SUBJECT = Subject(
    file_name="history <1>.parquet",
    events=1_234_567,
    first_ms=at(0),
    last_ms=at(24 * DAYS),
    keys=[(NASTY, "berlin")],
    every_hours=6,
    answers=160,
    first_version="nb-2",
    learned=[version(1, "learned from 812 labels"), version(2, "drift seen; learned from 900 labels")],
    skipped={"page.viewed": 12},
    naive_times=True,
)


def test_the_page_is_well_formed_and_needs_nothing_beside_it() -> None:
    text = html(SUBJECT, evaluation())
    page = Page(text)
    assert page.elements[0] == ("html", {"lang": "en"})
    assert not page.named("script") and not page.named("link") and not page.named("img")
    assert re.findall(r"https?:|//|url\(|@import", text) == []


def test_the_same_back_test_is_the_same_page() -> None:
    assert html(SUBJECT, evaluation()) == html(SUBJECT, evaluation())


def test_names_of_the_retailer_are_text_and_no_markup() -> None:
    text = html(SUBJECT, evaluation())
    assert "<b>" not in text
    assert NASTY in Page(text).words
    assert "history <1>.parquet" in Page(text).words


def test_every_figure_says_what_it_shows_and_has_a_table_beside_it() -> None:
    page = Page(html(SUBJECT, evaluation()))
    figures = page.named("svg")
    assert len(figures) == 4
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for figure in figures:
        assert figure["role"] == "img"
        assert set((figure["aria-labelledby"] or "").split()) <= ids
    assert len(page.named("title")) == len(figures) + 1
    assert len(page.named("desc")) == len(figures)
    assert len(page.named("table")) >= len(figures)


def test_headings_go_down_one_by_one_and_cells_have_headers() -> None:
    page = Page(html(SUBJECT, evaluation()))
    headings = [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1" and set(headings[1:]) == {"h2"}
    assert all(cell.get("scope") in ("row", "col") for cell in page.named("th"))


def test_the_summary_tells_what_the_tables_tell() -> None:
    words = Page(html(SUBJECT, evaluation())).words
    assert "Alarms that came true 100 % An alarm is a chance above 70 %." in words
    assert "Empty shelves warned of 100 % 20.0 hours ahead in the median." in words
    assert "from 13 April 2024 to 3 May 2024" in words
    assert "1,234,567, from 25 March 2024 to 4 May 2024" in words
    assert "12 page.viewed" in words
    assert "They were taken as UTC" in words


def test_versions_are_told_where_more_happened_than_learning_on() -> None:
    words = Page(html(SUBJECT, evaluation())).words
    assert "nb-2 , then 2 learned from it, up to nb-2.2-abcdef" in words.replace("nb-2,", "nb-2 ,")
    assert "drift seen; learned from 900 labels" in words
    assert "learned from 812 labels" not in words
    many = [version(number, f"drift {number}") for number in range(MOST_TURNS + 1)]
    words = Page(html(replace(SUBJECT, learned=many), evaluation())).words
    assert "drift 1 " in words and "drift 0 " not in words


def test_a_score_that_is_not_defined_is_a_dash() -> None:
    page = Page(
        html(replace(SUBJECT, learned=[], skipped={}, naive_times=False), evaluation(probability=0.03))
    )
    assert "nan" not in page.words.lower().split()
    assert "Alarms that came true –" in page.words


@pytest.mark.parametrize(("hours", "told"), [(1, "Every hour it said"), (6, "Every 6 hours it said")])
def test_how_often_it_answered(hours: int, told: str) -> None:
    assert told in Page(html(replace(SUBJECT, every_hours=hours), evaluation())).words
