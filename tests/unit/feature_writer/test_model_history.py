"""The history of models: its format, and that it is the same however often and however cut it is written."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import Mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_records import DAY_MS, lineage, model_update
from prediction_records import NOON_MS, TENANT

from feature_writer.model_changes import ModelChange
from feature_writer.model_history import CURRENT, VERSIONS, ModelHistory, ensure_readable, versions
from schemas.encoding import Record

OTHER = "22222222-2222-4222-8222-222222222222"


def learned(record: Record, at_ms: int | None = None) -> ModelChange:
    return ModelChange(
        record["tenant_id"],
        False,
        {**record, "scores": "{}"},
        record["created_at"] if at_ms is None else at_ms,
    )


def pinned(record: Record | None, tenant_id: str = TENANT, at_ms: int = NOON_MS) -> ModelChange:
    return ModelChange(tenant_id, True, None if record is None else {**record, "scores": "{}"}, at_ms)


def rows(folder: Path) -> list[Record]:
    """What was current after each change, in the order of the changes."""
    files = (folder / "current").glob("day=*/*.parquet")
    found = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    return sorted(found, key=lambda row: row["offset"])


def test_a_version_comes_back_as_it_was_learned(tmp_path: Path) -> None:
    first, second = lineage(TENANT, 2)
    paths = ModelHistory(tmp_path).write(0, {3: learned(first), 4: learned(second), 5: pinned(first)})
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        "versions/day=2026-11-24/versions-0-00000000000000000003.parquet",
        "current/day=2026-11-24/current-0-00000000000000000003.parquet",
    ]
    for path, table in zip(paths, (VERSIONS, CURRENT), strict=True):
        assert pq.read_schema(path) == table.schema
    (found,) = versions(tmp_path)
    for sent, kept in zip((first, second), found, strict=True):
        assert kept == {**sent, "scores": "{}", "event_timestamp": sent["created_at"]}


def test_what_is_current_goes_on_from_file_to_file_for_each_tenant(tmp_path: Path) -> None:
    first, second = lineage(TENANT, 2)
    ModelHistory(tmp_path).write(
        0, {0: learned(first), 1: learned(model_update(tenant_id=OTHER, model_version="x"))}
    )
    ModelHistory(tmp_path).write(0, {2: pinned(first, at_ms=NOON_MS + DAY_MS)})
    ModelHistory(tmp_path).write(0, {5: learned(second)})
    states = [(row["tenant_id"], row["newest_version"], row["pinned_version"]) for row in rows(tmp_path)]
    one, two = first["model_version"], second["model_version"]
    assert states == [(TENANT, one, None), (OTHER, "x", None), (TENANT, one, one), (TENANT, two, one)]


def test_a_file_that_is_broken_is_passed_over(tmp_path: Path) -> None:
    first, second = lineage(TENANT, 2)
    broken, *_ = ModelHistory(tmp_path).write(0, {0: learned(first)})
    ModelHistory(tmp_path).write(0, {1: learned(second)})
    broken.write_bytes(b"PAR1")
    assert [record["model_version"] for records in versions(tmp_path) for record in records] == [
        second["model_version"]
    ]


def test_a_history_that_has_not_begun_is_readable_and_empty(tmp_path: Path) -> None:
    assert list(versions(tmp_path)) == []
    ensure_readable(tmp_path)
    assert list(versions(tmp_path)) == []
    for table in (VERSIONS, CURRENT):
        (file,) = (tmp_path / table.name).glob("day=*/*.parquet")
        assert pq.read_schema(file).equals(table.schema)


def test_a_version_from_before_a_column_was_there_is_read(tmp_path: Path) -> None:
    (first,) = lineage(TENANT, 1)
    file, *_ = ModelHistory(tmp_path).write(0, {0: learned(first)})
    pq.write_table(pq.read_table(file, partitioning=None).drop_columns(["parent"]), file)
    ((found,),) = versions(tmp_path)
    assert found["parent"] is None
    assert pa.types.is_string(VERSIONS.schema.field("parent").type)


def test_files_are_read_for_the_first_write_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    updates = lineage(TENANT, 6)
    ModelHistory(tmp_path).write(0, {0: learned(updates[0])})
    read = Mock(side_effect=pq.read_table)
    with monkeypatch.context() as patch:
        patch.setattr(pq, "read_table", read)
        history = ModelHistory(tmp_path)
        for offset in range(1, 5):
            history.write(0, {offset: learned(updates[offset])})
        assert read.call_count == 1
        # as where Kafka lets a consumer begin anew without telling
        history.write(0, {3: pinned(updates[2])})
        assert read.call_count > 1
    assert rows(tmp_path)[3]["newest_version"] == updates[2]["model_version"]


def test_what_another_wrote_meanwhile_is_known_after_forgetting(tmp_path: Path) -> None:
    first, second = lineage(TENANT, 2)
    history = ModelHistory(tmp_path)
    history.write(0, {0: learned(first)})
    ModelHistory(tmp_path).write(0, {1: pinned(first)})
    history.forget()
    history.write(0, {2: learned(second)})
    last = rows(tmp_path)[-1]
    assert (last["newest_version"], last["pinned_version"]) == (
        second["model_version"],
        first["model_version"],
    )


steps = st.lists(
    st.tuples(
        st.sampled_from([TENANT, OTHER]),
        st.sampled_from(["learned", "pinned", "unpinned"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=10,
)


cuts = st.lists(st.integers(1, 9), max_size=3)


def write_cut(history: ModelHistory, stream: dict[int, ModelChange], cuts: list[int]) -> None:
    """Write the changes in several turns, each from one of the offsets on."""
    for start, end in pairwise(sorted({0, *cuts, len(stream)})):
        part = {offset: one for offset, one in stream.items() if start <= offset < end}
        if part:
            history.write(0, part)


@settings(max_examples=60, deadline=None)
@given(steps, cuts, cuts, st.integers(1, 10), st.sampled_from(["starts", "forgets", "goes on"]))
def test_changes_written_again_in_other_cuts_leave_the_same_rows(
    kinds: list[tuple[str, str, int]],
    cuts: list[int],
    cuts_before_crash: list[int],
    written_before_crash: int,
    then: str,
) -> None:
    stream = {offset: _change(offset, *kind) for offset, kind in enumerate(kinds)}
    with TemporaryDirectory() as at_once, TemporaryDirectory() as again:
        ModelHistory(Path(at_once)).write(0, stream)
        history = ModelHistory(Path(again))
        before_crash = {offset: one for offset, one in stream.items() if offset < written_before_crash}
        write_cut(history, before_crash, cuts_before_crash)
        if then == "starts":
            history = ModelHistory(Path(again))
        elif then == "forgets":
            history.forget()
        write_cut(history, stream, cuts)
        assert rows(Path(again)) == rows(Path(at_once))
        assert _learned(Path(again)) == _learned(Path(at_once))


def _change(offset: int, tenant_id: str, kind: str, day: int) -> ModelChange:
    at_ms = NOON_MS + day * DAY_MS
    record = model_update(tenant_id=tenant_id, model_version=f"v{offset}", created_at=at_ms)
    if kind == "learned":
        return learned(record)
    return pinned(record if kind == "pinned" else None, tenant_id, at_ms)


def _learned(folder: Path) -> list[Record]:
    found = [record for records in versions(folder) for record in records]
    return sorted(found, key=lambda record: int(record["model_version"][1:]))
