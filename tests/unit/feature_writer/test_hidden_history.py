"""Deleted predictions leave the offline store's files, and come back into them."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prediction_records import NOON_MS, TENANT, prediction

from feature_writer import history_files
from feature_writer.deletion_changes import DeletionChange
from feature_writer.hidden_history import HiddenHistory
from schemas.encoding import Record
from schemas.prediction_deletions import Deletion, State, state_of

DAY_MS = 86_400_000
OTHER = "22222222-2222-4222-8222-222222222222"
EVERYTHING = Deletion("d", None, None, None, NOON_MS + 10 * DAY_MS)


def told(deletion: Deletion, tenant_id: str = TENANT) -> DeletionChange:
    return DeletionChange(tenant_id, deletion.deletion_id, deletion)


def change(hidden: HiddenHistory, *changes: DeletionChange) -> None:
    """Take deletions, and go through all that is there."""
    hidden.note(changes)
    hidden.go_on()


def shown_in(folder: Path) -> Counter[int]:
    """The stock of each row; rows are numbered by it."""
    return _stocks((folder / "history").glob("day=*/*.parquet"))


def hidden_in(folder: Path) -> Counter[int]:
    return _stocks((folder / "history_hidden").glob("day=*/*.parquet"))


def _stocks(files: Iterable[Path]) -> Counter[int]:
    return Counter(row["stock"] for file in files for row in pq.read_table(file).to_pylist())


def write(folder: Path, rows: dict[int, Record]) -> None:
    """As the offline writer does."""
    HiddenHistory(folder / "history").write(0, rows)


def test_a_deletion_concerns_its_tenant_and_time_alone(tmp_path: Path) -> None:
    rows = {
        1: prediction(stock=1),
        2: prediction(stock=2, tenant_id=OTHER),
        3: prediction(stock=3, updated_at=NOON_MS + DAY_MS),
        4: prediction(stock=4, updated_at=NOON_MS - DAY_MS),
    }
    write(tmp_path, rows)
    change(
        HiddenHistory(tmp_path / "history"),
        told(replace(EVERYTHING, from_ms=NOON_MS, until_ms=NOON_MS + 1)),
    )
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([2, 3, 4]), Counter([1]))


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, {number: prediction(stock=number, sku=f"S{number}") for number in range(5)})
    (file,) = (tmp_path / "history").glob("day=*/*.parquet")
    before = pq.read_table(file).sort_by("stock")
    hidden = HiddenHistory(tmp_path / "history")
    change(hidden, told(EVERYTHING))
    assert not file.exists()
    change(hidden, told(replace(EVERYTHING, state=State.RESTORED)))
    assert pq.read_table(file).sort_by("stock").equals(before)
    assert hidden_in(tmp_path) == Counter()


def test_what_is_purged_is_nowhere_and_is_not_written_again(tmp_path: Path) -> None:
    rows = {number: prediction(stock=number) for number in range(3)}
    write(tmp_path, rows)
    hidden = HiddenHistory(tmp_path / "history")
    change(hidden, told(EVERYTHING))
    change(hidden, told(replace(EVERYTHING, state=State.PURGED)))
    assert shown_in(tmp_path) + hidden_in(tmp_path) == Counter()
    write(tmp_path, rows)
    assert shown_in(tmp_path) + hidden_in(tmp_path) == Counter()


def test_with_a_tenant_its_hidden_rows_go_for_good(tmp_path: Path) -> None:
    write(tmp_path, {1: prediction(stock=1)})
    hidden = HiddenHistory(tmp_path / "history")
    change(hidden, told(EVERYTHING))
    change(hidden, DeletionChange(TENANT, EVERYTHING.deletion_id, None))
    assert shown_in(tmp_path) + hidden_in(tmp_path) == Counter()


def test_rows_from_before_a_deletion_that_are_written_after_it_are_hidden(tmp_path: Path) -> None:
    change(HiddenHistory(tmp_path / "history"), told(EVERYTHING))
    write(tmp_path, {1: prediction(stock=1), 2: prediction(stock=2, tenant_id=OTHER)})
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([2]), Counter([1]))


def test_what_other_tenants_deleted_stays_hidden(tmp_path: Path) -> None:
    write(tmp_path, {1: prediction(stock=1), 2: prediction(stock=2, tenant_id=OTHER)})
    hidden = HiddenHistory(tmp_path / "history")
    change(hidden, told(EVERYTHING, OTHER))
    change(hidden, told(EVERYTHING))
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter(), Counter([1, 2]))
    change(hidden, told(replace(EVERYTHING, state=State.RESTORED)))
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([1]), Counter([2]))


def test_one_row_goes_while_another_comes(tmp_path: Path) -> None:
    write(tmp_path, {number: prediction(stock=number, sku=f"S{number}") for number in range(3)})
    hidden = HiddenHistory(tmp_path / "history")
    first = Deletion("first", "S0", None, None, NOON_MS + 1)
    change(hidden, told(first))
    # both before the file is gone through
    change(
        hidden,
        told(replace(first, state=State.RESTORED)),
        told(Deletion("second", "S1", None, None, NOON_MS + 1)),
    )
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([0, 2]), Counter([1]))


def test_what_is_covered_is_hidden_once_however_it_is_cut(tmp_path: Path) -> None:
    rows = {number: prediction(stock=number, sku=f"S{number % 2}") for number in range(6)}
    hidden = HiddenHistory(tmp_path / "history")
    deletion = Deletion("d", "S1", None, None, NOON_MS + 1)
    change(hidden, told(deletion))
    # in two files, then in one, then in two again
    for cuts in ([0, 3, 6], [0, 6], [0, 4, 6]):
        for start, end in pairwise(cuts):
            write(tmp_path, {number: rows[number] for number in range(start, end)})
        assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([0, 2, 4]), Counter([1, 3, 5]))
    change(hidden, told(replace(deletion, state=State.RESTORED)))
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter(range(6)), Counter())


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_crash_between_the_files_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    write(tmp_path, {number: prediction(stock=number, sku=f"S{number}") for number in range(4)})
    hidden = HiddenHistory(tmp_path / "history")
    change(hidden, told(Deletion("first", "S0", None, None, NOON_MS + 1)))
    changes = [
        told(Deletion("first", "S0", None, None, NOON_MS + 1, State.RESTORED)),
        told(Deletion("second", "S1", None, None, NOON_MS + 1)),
    ]
    write_file, left = history_files.put_if_any, [survived]

    def write_or_crash(*arguments: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        write_file(*arguments)  # type: ignore[arg-type]

    for one in changes:
        with monkeypatch.context() as patch:
            left[0] = survived
            patch.setattr(history_files, "put_if_any", write_or_crash)
            # a change that needs fewer writes is done by then
            with suppress(KeyboardInterrupt):
                change(hidden, one)
            assert left == [0]
        assert set(shown_in(tmp_path) + hidden_in(tmp_path)) == {0, 1, 2, 3}
        change(hidden, one)
    assert (shown_in(tmp_path), hidden_in(tmp_path)) == (Counter([0, 2, 3]), Counter([1]))


def test_there_may_be_too_much_for_once(tmp_path: Path) -> None:
    for day in range(4):
        write(tmp_path, {day: prediction(stock=day, updated_at=NOON_MS + day * DAY_MS)})
    hidden = HiddenHistory(tmp_path / "history")
    hidden.note([told(EVERYTHING)])
    hidden.go_on(within_s=0)
    assert not hidden.is_settled
    assert shown_in(tmp_path) == Counter(range(4))
    write(tmp_path, {7: prediction(stock=7)})
    assert 7 in hidden_in(tmp_path), "what is written meanwhile is settled at once"
    while not hidden.is_settled:
        hidden.go_on(within_s=1e-9)
        hidden.go_on(within_s=0.01)
    assert hidden_in(tmp_path) == Counter([*range(4), 7])


deletions = st.builds(
    Deletion,
    st.sampled_from("ab"),
    st.none() | st.sampled_from(["A", "B"]),
    st.none(),
    st.none() | st.integers(0, 2).map(lambda day: NOON_MS + day * DAY_MS),
    st.integers(1, 3).map(lambda day: NOON_MS + day * DAY_MS),
    st.sampled_from([State.HIDDEN, State.RESTORED]),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([TENANT, OTHER]), st.sampled_from(["A", "B"]), st.integers(0, 2)),
        min_size=1,
        max_size=8,
    ),
    st.lists(
        st.lists(st.tuples(st.sampled_from([TENANT, OTHER]), deletions), max_size=3), min_size=1, max_size=4
    ),
    st.integers(0, 4),
    st.integers(0, 8),
)
def test_each_row_is_where_the_deletions_want_it_however_they_come(
    made: list[tuple[str, str, int]],
    changes: list[list[tuple[str, Deletion]]],
    written_after: int,
    cut: int,
) -> None:
    rows = {
        offset: prediction(tenant_id=tenant_id, stock=offset, sku=sku, updated_at=NOON_MS + day * DAY_MS)
        for offset, (tenant_id, sku, day) in enumerate(made)
    }
    with TemporaryDirectory() as name:
        folder = Path(name)
        hidden = HiddenHistory(folder / "history")
        for number, together in enumerate(changes):
            if number == written_after:
                write(folder, {offset: row for offset, row in rows.items() if offset < cut})
                write(folder, {offset: row for offset, row in rows.items() if offset >= cut})
            change(hidden, *(told(deletion, tenant_id) for tenant_id, deletion in together))
        if written_after >= len(changes):
            write(folder, rows)
        expected = Counter(offset for offset, row in rows.items() if _is_shown(row, changes))
        for _ in range(2):
            assert shown_in(folder) == expected
            assert hidden_in(folder) == Counter(rows.keys()) - expected
            # and once more, as after a crash
            write(folder, rows)


def _is_shown(row: Record, changes: list[list[tuple[str, Deletion]]]) -> bool:
    final = {
        deletion.deletion_id: deletion
        for tenant_id, deletion in chain.from_iterable(changes)
        if tenant_id == row["tenant_id"]
    }
    return state_of(final.values(), row["sku"], row["warehouse"], row["updated_at"]) is None
