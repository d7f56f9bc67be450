"""Which checkpoint a job is restored from."""

import os
from pathlib import Path

from ops.checkpoints import newest


def checkpoint(folder: Path, written: int, complete: bool = True) -> Path:
    folder.mkdir(parents=True)
    (folder / "state").touch()
    if complete:
        (folder / "_metadata").touch()
        os.utime(folder / "_metadata", (written, written))
    return folder


def test_a_first_start_has_none(tmp_path: Path) -> None:
    (tmp_path / "job" / "shared").mkdir(parents=True)
    assert newest(tmp_path) is None
    assert newest(tmp_path / "absent") is None


def test_the_newest_counts_not_the_one_with_the_highest_number(tmp_path: Path) -> None:
    checkpoint(tmp_path / "first-job" / "chk-99", written=100)
    later = checkpoint(tmp_path / "second-job" / "chk-3", written=200)
    assert newest(tmp_path) == later


def test_one_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    whole = checkpoint(tmp_path / "job" / "chk-1", written=100)
    checkpoint(tmp_path / "job" / "chk-2", written=200, complete=False)
    assert newest(tmp_path) == whole


def test_a_savepoint_counts_too(tmp_path: Path) -> None:
    checkpoint(tmp_path / "job" / "chk-1", written=100)
    savepoint = checkpoint(tmp_path / "savepoints" / "savepoint-1", written=200)
    assert newest(tmp_path) == savepoint
