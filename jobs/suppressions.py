"""What the risk operator is told of SKUs that a tenant wants no alerts of.

As with `jobs.broadcasts`, messages of a compacted topic are kept in broadcast state as they came, and held decoded beside
it. A subtask holds every tenant's list, at 12 bytes an entry.
"""

from pyflink.common import Types
from pyflink.datastream.state import MapStateDescriptor

from jobs.broadcasts import BroadcastState, Warn
from schemas import topics
from schemas.encoding import UnreadableMessage, decoder
from schemas.suppression_buckets import tenant_and_bucket
from udfs import suppression
from udfs.suppression import Bucket, Place

SUPPRESSIONS_STATE = MapStateDescriptor("suppressions", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
"""Messages of the topic ``suppressions`` by their key."""


class Suppressions:
    """The lists of all tenants."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._buckets: dict[Place, Bucket] | None = None
        self._decode = decoder(topics.SUPPRESSIONS.schema)

    def is_suppressed(self, key: str, now_ms: int, state: BroadcastState) -> bool:
        """Whether ``tenant|sku|warehouse`` is to raise no alert now."""
        known = self._known(state)
        return bool(known) and suppression.is_suppressed(key, now_ms, known)

    def change(self, state: BroadcastState, key: bytes, value: bytes | None) -> Place:
        """Take a message in; None empties the bucket, which is given back. Raises `UnreadableMessage`, and then the old one
        stays.
        """
        place = _place(key)
        known = self._known(state)
        if value is None:
            known.pop(place, None)
            state(SUPPRESSIONS_STATE).remove(key.decode())
        else:
            known[place] = self._bucket(place, value)
            state(SUPPRESSIONS_STATE).put(key.decode(), value)
        return place

    def _known(self, state: BroadcastState) -> dict[Place, Bucket]:
        if self._buckets is None:
            buckets = {}
            for key, value in state(SUPPRESSIONS_STATE).items():
                place = _place(key.encode())
                try:
                    buckets[place] = self._bucket(place, bytes(value))
                except UnreadableMessage as problem:
                    self._warn(f"The suppressed SKUs of {key} are not followed: {problem}")
            self._buckets = buckets
        return self._buckets

    def _bucket(self, place: Place, value: bytes) -> Bucket:
        record = self._decode(value)
        if (record["tenant_id"], record["bucket"]) != place:
            raise UnreadableMessage("wrong-tenant", "The bucket is another than its key says.")
        try:
            return Bucket.of(record)
        except ValueError as problem:
            raise UnreadableMessage("invalid", f"{problem}.") from problem


class KeysAtStake:
    """Keys of one subtask whose alert a change of the list may end or begin: few of many.

    They are found by the buckets that speak of them, so that a new list of 700,000, which comes in a thousand messages,
    looks at none of the others. After a recovery a key is here once it was assessed.
    """

    def __init__(self) -> None:
        self._by_place: dict[Place, set[str]] = {}
        self._all: set[str] = set()

    def assessed(self, key: str, at_stake: bool) -> None:
        """The key has an alert in force, or would have one but for the list; or neither."""
        if at_stake == (key in self._all):
            return
        (self._all.add if at_stake else self._all.remove)(key)
        for place in suppression.places_of(key):
            keys = self._by_place.setdefault(place, set())
            (keys.add if at_stake else keys.discard)(key)
            if not keys:
                del self._by_place[place]

    def of(self, place: Place) -> list[str]:
        """Those that a bucket may concern."""
        return [*self._by_place.get(place, ())]


def _place(key: bytes) -> Place:
    try:
        return tenant_and_bucket(key)
    except ValueError as problem:
        raise UnreadableMessage("invalid", f"{problem}.") from problem
