"""``aurora backtest``, from a file to the answers, the scores and the page."""

import json
import random
import re
import shlex
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from ops.cli import main

DAYS = 30
ROOT = Path(__file__).parents[4]


def history() -> list[dict[str, Any]]:
    """Four SKUs over a month: each counted once, sold at random, and filled up again on the third morning."""
    chance = random.Random(5)
    start = pd.Timestamp("2024-03-25", tz="UTC")
    events: list[tuple[pd.Timestamp, str, str, int, pd.Timestamp | None]] = []
    for sku in ("tea", "mug", "pen", "cup"):
        stock = 30
        events.append((start, "stock.counted", sku, stock, None))
        for hour in range(1, DAYS * 24):
            now = start + pd.Timedelta(hours=hour)
            if hour % 72 == 6:
                if stock < 30:
                    events.append((now, "stock.received", sku, 30 - stock, None))
                stock = 30
            if hour % 72 == 42:
                events.append((now, "stock.inbound", sku, 20, start + pd.Timedelta(hours=hour + 36)))
            if stock and chance.random() < 0.3:
                sold = min(stock, chance.randint(1, 3))
                stock -= sold
                events.append((now + pd.Timedelta(minutes=30), "order.created", sku, sold, None))
    events.sort(key=lambda event: event[0])
    names = ("occurred_at", "event_type", "sku", "qty", "expected_at")
    return [
        {
            name: value.isoformat() if isinstance(value, pd.Timestamp) else value
            for name, value in zip(names, event)
        }
        | {"warehouse": "berlin"}
        for event in events
    ]


def backtest(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["backtest", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "events.ndjson"
    file.write_text("".join(json.dumps(event) + "\n" for event in history()))
    return file


def test_a_history_becomes_answers_scores_and_a_page(events: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "answers.parquet", tmp_path / "report.html"
    result = backtest(events, "--every", "12h", "--out", out, "--report", report)
    assert result.exit_code == 0, result.output
    assert "log loss" in result.stdout
    assert f"Answers: {out}" in result.stdout and f"Report: {report}" in result.stdout
    assert "replaying history: 100 %" in result.stderr or "replaying history: 9" in result.stderr
    answers = pd.read_parquet(out)
    assert set(answers["at"].dt.hour) == {0, 12}
    assert not answers.duplicated(["at", "sku", "warehouse"]).any()
    assert answers["probability"].between(0, 1).all()
    assert (answers["model_version"].str.len() > 0).all()
    # of the first hour on, for each SKU with stock
    assert answers["at"].min() == pd.Timestamp("2024-03-25", tz="UTC")
    assert set(answers["sku"]) == {"tea", "mug", "pen", "cup"}
    assert "Would Aurora have warned you in time?" in report.read_text()


def test_answers_see_nothing_of_what_comes_after_them(events: Path, tmp_path: Path) -> None:
    lines = events.read_text().splitlines(keepends=True)
    cut = tmp_path / "first.ndjson"
    cut.write_text("".join(lines[: len(lines) // 2]))
    assert backtest(events, "--out", tmp_path / "all.parquet").exit_code == 0
    assert backtest(cut, "--out", tmp_path / "first.parquet").exit_code == 0
    every, first = pd.read_parquet(tmp_path / "all.parquet"), pd.read_parquet(tmp_path / "first.parquet")
    told = ["at", "sku", "warehouse", "probability", "predicted_oos_at", "model_version", "oos_latest_at"]
    pd.testing.assert_frame_equal(every.loc[: len(first) - 1, told], first[told])


def test_the_example_of_the_readme_runs_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"^\.venv/bin/aurora backtest (.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert found is not None
    monkeypatch.chdir(ROOT)
    result = backtest(*shlex.split(found[1].replace("/tmp/", f"{tmp_path}/")))
    assert result.exit_code == 0, result.output
    assert {file.suffix for file in tmp_path.iterdir()} == {".parquet", ".html"}


def test_a_bad_file_is_one_line_and_code_1(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(history()[0] | {"qty": -1}))
    result = backtest(file, "--out", tmp_path / "answers.parquet")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {file}: line 1: qty of stock.counted must be a whole number from 0 to 1000000000\n"
    )
    assert not (tmp_path / "answers.parquet").exists()


def test_a_history_too_short_to_score_says_so(tmp_path: Path) -> None:
    file, out, report = tmp_path / "events.ndjson", tmp_path / "answers.parquet", tmp_path / "report.html"
    file.write_text("".join(json.dumps(event) + "\n" for event in history()[:20]))
    result = backtest(file, "--out", out)
    assert (result.exit_code, out.exists()) == (0, True)
    assert "Nothing can be scored" in result.stdout
    result = backtest(file, "--out", out, "--report", report)
    assert (result.exit_code, report.exists()) == (1, False)
    assert f"Error: {report} is not written" in result.stderr


def test_what_is_left_out_or_assumed_is_said(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    first = history()[0] | {"occurred_at": "2024-03-25T00:00:00"}
    file.write_text(json.dumps(first) + '\n{"event_type": "page.viewed"}\n')
    result = backtest(file, "--out", tmp_path / "answers.parquet")
    assert "Left out, for they move no stock: 1 page.viewed." in result.stderr
    assert "Times without an offset are taken as UTC." in result.stderr


@pytest.mark.parametrize("every", ["5h", "0h", "48h", "6", "-6h", "six"])
def test_hours_that_do_not_make_a_day_are_refused(every: str, events: Path, tmp_path: Path) -> None:
    result = backtest(events, "--out", tmp_path / "answers.parquet", "--every", every)
    assert result.exit_code == 2
    assert f"'{every}' is not one of 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h." in result.stderr


def test_files_that_cannot_be_written_are_refused_before_the_work(events: Path, tmp_path: Path) -> None:
    result = backtest(events, "--out", tmp_path / "nowhere" / "answers.parquet")
    assert result.exit_code == 2
    assert "is no folder that can be written to" in result.stderr
    result = backtest(events, "--out", events)
    assert (result.exit_code, "must be different files" in result.stderr) == (2, True)
    result = backtest(events, "--out", tmp_path / "x", "--report", tmp_path / "x")
    assert (result.exit_code, "must be different files" in result.stderr) == (2, True)
    result = backtest(tmp_path / "none", "--out", tmp_path / "x")
    assert (result.exit_code, "does not exist" in result.stderr) == (2, True)
