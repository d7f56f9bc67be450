"""What an upload makes of a bucket. Pure."""

from dataclasses import dataclass
from typing import Self

from api.suppressions.entries import Entries, from_content, to_content, to_hashes


@dataclass(frozen=True, slots=True)
class Counts:
    """How many entries a change touched."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: Self) -> "Counts":
        return Counts(self.added + other.added, self.changed + other.changed, self.removed + other.removed)

    @property
    def growth(self) -> int:
        """By how many the list is longer now."""
        return self.added - self.removed

    def __bool__(self) -> bool:
        return self != Counts()


@dataclass(frozen=True, slots=True)
class BucketChange:
    """A bucket that is another than before."""

    content: bytes | None
    """For the database; None where nothing is left."""
    hashes: bytes
    expiries: bytes
    counts: Counts


def replaced(old: bytes | None, new: bytes | None, now_s: int) -> BucketChange | None:
    """The bucket with the new entries only; None where it stays as it was."""
    return _change(_entries(old), _entries(new), new, now_s)


def merged(old: bytes | None, new: bytes | None, now_s: int) -> BucketChange | None:
    """The bucket with the new entries beside the old ones, of which they replace those of their names.

    Of what has expired nothing is kept, so that an expiry in the past takes an entry away.
    """
    before = _entries(old)
    return _change(before, {**before, **_entries(new)}, new, now_s)


def _entries(content: bytes | None) -> Entries:
    return {} if content is None else from_content(content)


def _change(before: Entries, wanted: Entries, sent: bytes | None, now_s: int) -> BucketChange | None:
    after = {name: entry for name, entry in wanted.items() if not entry.has_expired(now_s)}
    if after == before:
        return None
    both = before.keys() & after.keys()
    counts = Counts(
        added=len(after) - len(both),
        changed=sum(before[name] != after[name] for name in both),
        removed=len(before) - len(both),
    )
    content = to_content(after.values()) if after else None
    if content == sent:
        # one of them in memory is enough
        content = sent
    return BucketChange(content, *to_hashes(after.values()), counts)
