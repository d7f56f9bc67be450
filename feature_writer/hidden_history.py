"""Deleted predictions in the offline store: moved into files of the same names in a folder beside it, or dropped.

What is deleted is kept in that folder too, a file for each tenant. So every writer of the history knows it, also of messages
that it reads again; a lock keeps them from settling the same file at once.
"""

import fcntl
import json
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feature_writer import history_files
from feature_writer.deletion_changes import DeletionChange
from feature_writer.history_files import SCHEMA
from schemas.encoding import Record
from schemas.logical import to_datetime
from schemas.prediction_deletions import Deletion, State

Deletions = Mapping[str, Sequence[Deletion]]
"""By tenant."""


class HiddenHistory:
    """Of one folder of history, in days. Its methods raise ``OSError``; after a crash they are to be called again."""

    def __init__(self, history: Path) -> None:
        self._history = history
        self._hidden = history.with_name(f"{history.name}_hidden")
        self._told = self._hidden / "deletions"
        self._pending: deque[tuple[str, Path]] = deque()

    def write(self, partition: int, rows: Mapping[int, Record]) -> Sequence[Path]:
        """Write predictions as `history_files.write` does, but what is covered is never shown."""
        with self._alone():
            deletions = self._deletions()
            cuts = [*history_files.cuts(partition, rows)]
            for cut in cuts:
                shown, hidden = _parted(cut.rows, deletions)
                history_files.put_instead(hidden, self._hidden, cut)
                history_files.put_instead(shown, self._history, cut)
        return [self._history / cut.file for cut in cuts]

    def note(self, changes: Sequence[DeletionChange]) -> None:
        """Take deletions as they are now. From then on `write` goes by them; `go_on` does what is there."""
        with self._alone():
            for change in changes:
                before = self._deletions_of(change.tenant_id)
                after = {**before}
                if change.deletion is not None:
                    after[change.deletion_id] = change.deletion
                elif change.deletion_id in before:
                    # with its tenant, of whom nothing is to come back
                    after[change.deletion_id] = replace(before[change.deletion_id], state=State.PURGED)
                self._tell(change.tenant_id, after)
                told = (before.get(change.deletion_id), after.get(change.deletion_id))
                spans = [each for each in told if each is not None]
                self._pending += [(change.tenant_id, file) for file in self._files(spans)]

    @property
    def is_settled(self) -> bool:
        """Whether every file is by now as all that was noted wants it."""
        return not self._pending

    def go_on(self, within_s: float = math.inf) -> None:
        """Hide and show again what is in files, the newest first, for about so long: there may be very many."""
        until = time.monotonic() + within_s
        if self.is_settled:
            return
        with self._alone():
            deletions = self._deletions()
            while self._pending and time.monotonic() < until:
                tenant_id, file = self._pending[0]
                self._settle(file, tenant_id, deletions)
                self._pending.popleft()

    def give_up(self) -> None:
        """Leave what is not settled to another writer, who is told of it again."""
        self._pending.clear()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Without another process between, until the block ends."""
        self._hidden.mkdir(parents=True, exist_ok=True)
        with (self._hidden / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _deletions(self) -> Deletions:
        """Of every tenant that ever made any."""
        tenants = [file.stem for file in self._told.glob("*.json")]
        return {tenant_id: [*self._deletions_of(tenant_id).values()] for tenant_id in tenants}

    def _deletions_of(self, tenant_id: str) -> dict[str, Deletion]:
        file = self._told / f"{tenant_id}.json"
        if not file.exists():
            return {}
        return {name: Deletion.of_text(text) for name, text in json.loads(file.read_text()).items()}

    def _tell(self, tenant_id: str, deletions: Mapping[str, Deletion]) -> None:
        told = {name: deletion.text for name, deletion in deletions.items()}
        history_files.put_bytes(json.dumps(told, indent=1).encode(), self._told / f"{tenant_id}.json")

    def _files(self, spans: Sequence[Deletion]) -> list[Path]:
        """Files of the days that any of these deletions concerns, as they are named in both folders."""
        found = {
            file.relative_to(folder)
            for folder in (self._history, self._hidden)
            for file in folder.glob("day=*/*.parquet")
        }
        concerned = (file for file in found if any(_concerns(each, file.parent.name) for each in spans))
        return sorted(concerned, reverse=True)

    def _settle(self, file: Path, tenant_id: str, deletions: Deletions) -> None:
        """Put each row of a file with rows of the tenant where it belongs, by the deletions of all: they share the file.

        No row is ever in neither place before it is in the other.
        """
        shown_file, hidden_file = self._history / file, self._hidden / file
        if not any(_holds(each, tenant_id) for each in (shown_file, hidden_file)):
            return
        shown, hidden = _read(shown_file), _read(hidden_file)
        (staying, leaving), (returning, kept) = _parted(shown, deletions), _parted(hidden, deletions)
        if staying.num_rows == shown.num_rows and kept.num_rows == hidden.num_rows:
            return
        now_hidden = _distinct(kept, leaving)
        if now_hidden.num_rows:
            history_files.put_if_any(_distinct(hidden, now_hidden), hidden_file)
        history_files.put_if_any(_distinct(staying, returning), shown_file)
        history_files.put_if_any(now_hidden, hidden_file)


def _concerns(deletion: Deletion, folder: str) -> bool:
    """Whether a folder of a day may hold what the deletion covers."""
    day = folder.removeprefix("day=")
    first = "" if deletion.from_ms is None else str(to_datetime(deletion.from_ms).date())
    return first <= day <= str(to_datetime(deletion.until_ms).date())


def _holds(file: Path, tenant_id: str) -> bool:
    """Whether the file has a row of the tenant; most have none, and that is told by a few bytes of them."""
    if not file.exists():
        return False
    wanted = pc.field("tenant_id") == tenant_id
    rows: int = pq.read_table(file, columns=["tenant_id"], filters=wanted, partitioning=None).num_rows
    return rows > 0


def _read(file: Path) -> pa.Table:
    if not file.exists():
        return SCHEMA.empty_table()
    return pq.read_table(file, schema=SCHEMA, partitioning=None)


def _distinct(*tables: pa.Table) -> pa.Table:
    """Each row of these once: a crash may have left one in both places."""
    rows = pa.concat_tables(tables)
    return rows.group_by(SCHEMA.names, use_threads=False).aggregate([]).select(SCHEMA.names).cast(SCHEMA)


def _parted(rows: pa.Table, deletions: Deletions) -> tuple[pa.Table, pa.Table]:
    """The rows to be shown and those to be kept aside; what was purged is in neither."""
    is_hidden, is_purged = _masks(rows, deletions)
    is_shown = pc.invert(pc.or_(is_hidden, is_purged))
    return rows.filter(is_shown), rows.filter(pc.and_not(is_hidden, is_purged))


def _masks(rows: pa.Table, deletions: Deletions) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Which rows deletions cover that are to be kept aside, and which those that were purged."""
    none = pc.not_equal(rows["tenant_id"], rows["tenant_id"])
    masks = {State.HIDDEN: none, State.PURGED: none}
    for tenant_id in rows["tenant_id"].unique().to_pylist():
        of_tenant = pc.equal(rows["tenant_id"], tenant_id)
        for deletion in deletions.get(tenant_id, ()):
            if deletion.state is not State.RESTORED:
                covered = pc.and_(of_tenant, _covered(rows, deletion))
                masks[deletion.state] = pc.or_(masks[deletion.state], covered)
    return masks[State.HIDDEN], masks[State.PURGED]


def _covered(rows: pa.Table, deletion: Deletion) -> pa.ChunkedArray:
    found = pc.less(rows["updated_at"], _time(deletion.until_ms))
    if deletion.from_ms is not None:
        found = pc.and_(found, pc.greater_equal(rows["updated_at"], _time(deletion.from_ms)))
    if deletion.sku is not None:
        found = pc.and_(found, pc.equal(rows["sku"], deletion.sku))
    if deletion.warehouse is not None:
        found = pc.and_(found, pc.equal(rows["warehouse"], deletion.warehouse))
    return found


def _time(at_ms: int) -> pa.Scalar:
    return pa.scalar(to_datetime(at_ms), history_files.TIME)
