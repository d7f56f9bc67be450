"""A bucket is replaced or merged as a dict would be, and the stream is told the same as the database."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from api.suppressions.bucket_changes import BucketChange, Counts, merged, replaced
from api.suppressions.entries import Entries, Entry, Name, from_content, to_content
from schemas.suppression_buckets import entry_hash
from udfs.suppression import Bucket

GOLDEN = Path(__file__).parent / "golden" / "bucket.msgpack"
NOW_S = 1_800_000_000

names = st.sampled_from(["A", "B", "C"])
expiries = st.none() | st.integers(NOW_S - 1, NOW_S + 2)
buckets = st.dictionaries(st.builds(Name, names, names | st.just("")), expiries, max_size=6).map(
    lambda chosen: {name: Entry(*name, expiry, "") for name, expiry in chosen.items()}
)


def content(entries: Entries) -> bytes | None:
    return to_content(entries.values()) if entries else None


def after(old: Entries, change: BucketChange | None) -> Entries:
    if change is None:
        return old
    return {} if change.content is None else from_content(change.content)


def unexpired(entries: Entries) -> Entries:
    return {name: entry for name, entry in entries.items() if not entry.has_expired(NOW_S)}


@given(buckets, buckets)
def test_a_bucket_is_replaced_or_merged_as_a_dict_would_be(old: Entries, new: Entries) -> None:
    for change, expected in (
        (replaced(content(old), content(new), NOW_S), unexpired(new)),
        (merged(content(old), content(new), NOW_S), unexpired({**old, **new})),
    ):
        assert after(old, change) == expected
        assert (change is None) == (expected == old)
        if change is not None:
            assert change.counts.growth == len(expected) - len(old)
            assert change.counts.changed == sum(
                old[name] != expected[name] for name in old.keys() & expected.keys()
            )


@given(buckets, buckets)
def test_the_stream_is_told_what_the_database_holds(old: Entries, new: Entries) -> None:
    change = replaced(content(old), content(new), NOW_S)
    if change is not None:
        told = Bucket(change.hashes, change.expiries)
        for sku in "ABC":
            for warehouse in ("", "A", "B", "C"):
                entry = after(old, change).get(Name(sku, warehouse))
                held = told.holds(entry_hash(sku, warehouse), NOW_S * 1_000)
                assert held == (entry is not None)


def test_an_expiry_in_the_past_takes_an_entry_away() -> None:
    old = content({Name("A", ""): Entry("A", "", None, "old"), Name("B", ""): Entry("B", "", None, "")})
    change = merged(old, to_content([Entry("A", "", NOW_S, "")]), NOW_S)
    assert change is not None
    assert change.counts == Counts(removed=1)
    assert list(after({}, change)) == [("B", "")]


def test_a_bucket_reads_as_earlier_releases_wrote_it() -> None:
    entries = [Entry("TEA-1", "", None, "discontinued"), Entry("Tee 茶", "Köln", NOW_S, "")]
    assert to_content(reversed(entries)) == GOLDEN.read_bytes()
    assert list(from_content(GOLDEN.read_bytes()).values()) == entries
