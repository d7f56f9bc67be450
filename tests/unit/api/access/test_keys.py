"""Rotation of signing keys: whatever happens, a live token verifies."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from api.access.account_watch import REFRESH_SECONDS
from api.access.keys import CLOCK_MARGIN, LEAD, PUBLISHED_FOR, KeyRing, NoSigningKey, SigningKey

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
LIFETIME = timedelta(hours=1)


def ring_with_a_key() -> KeyRing:
    return KeyRing((SigningKey.generate(START, START),))


class RotationInUse(RuleBasedStateMachine):
    """A database with keys, and a process that reads it now and then, while another verifies."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.stored = ring_with_a_key()
        # what a process that signs, and one that verifies, read last, and when
        self.signers_view = self.verifiers_view = self.stored
        self.signers_read = self.verifiers_read = START
        # what somebody else fetched from the published keys, and when
        self.fetched = self.stored.jwks(START)
        self.fetched_at = START
        self.tokens: list[tuple[str, datetime]] = []

    @rule(seconds=st.floats(0, 7200))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self._refresh_what_is_due()

    @rule()
    def rotate(self) -> None:
        rotation = self.stored.rotation(self.now, LIFETIME)
        self.stored = self.stored.after(rotation)

    @rule(skew_s=st.floats(-30, 30))
    def issue(self, skew_s: float) -> None:
        clock = self.now + timedelta(seconds=skew_s)
        # the process' first key may not sign yet by a clock that is behind
        if clock >= START:
            self.tokens.append((self.signers_view.signer(clock).kid, clock + LIFETIME))

    @rule()
    def signer_reads(self) -> None:
        self.signers_view, self.signers_read = self.stored, self.now

    @rule()
    def verifier_reads(self) -> None:
        self.verifiers_view, self.verifiers_read = self.stored, self.now

    @invariant()
    def every_live_token_verifies(self) -> None:
        for kid, expires_at in self.tokens:
            if self.now < expires_at:
                assert self.verifiers_view.verifier(kid, self.now) is not None
                assert kid in {key["kid"] for key in self.fetched["keys"]}

    def _refresh_what_is_due(self) -> None:
        if self.now - self.signers_read >= timedelta(seconds=REFRESH_SECONDS):
            self.signer_reads()
        if self.now - self.verifiers_read >= timedelta(seconds=REFRESH_SECONDS):
            self.verifier_reads()
        if self.now - self.fetched_at >= PUBLISHED_FOR:
            self.fetched, self.fetched_at = self.stored.jwks(self.now), self.now


TestRotationInUse = RotationInUse.TestCase


def test_a_new_key_is_published_at_once_and_signs_after_everyone_can_have_read_it() -> None:
    ring = ring_with_a_key()
    (old,) = ring.keys
    rotated = ring.after(ring.rotation(START, LIFETIME))
    new = rotated.keys[-1]
    assert [key["kid"] for key in rotated.jwks(START)["keys"]] == [old.kid, new.kid]
    assert rotated.signer(START + LEAD - timedelta(seconds=1)) is rotated.keys[0]
    assert rotated.signer(START + LEAD) is new


def test_an_old_key_goes_when_its_last_token_has_expired() -> None:
    ring = ring_with_a_key()
    rotated = ring.after(ring.rotation(START, LIFETIME))
    old, new = rotated.keys
    gone = START + LEAD + LIFETIME + CLOCK_MARGIN
    assert rotated.verifier(old.kid, gone - timedelta(seconds=1)) is old
    assert rotated.verifier(old.kid, gone) is None
    assert [key["kid"] for key in rotated.jwks(gone)["keys"]] == [new.kid]


def test_after_a_theft_only_the_new_key_counts() -> None:
    ring = ring_with_a_key()
    ring = ring.after(ring.rotation(START, LIFETIME))
    now = START + timedelta(minutes=1)
    replaced = ring.after(ring.replacement(now))
    assert replaced.signer(now) is replaced.keys[-1]
    assert [key["kid"] for key in replaced.jwks(now)["keys"]] == [replaced.keys[-1].kid]


def test_the_first_key_signs_at_once() -> None:
    empty = KeyRing()
    with pytest.raises(NoSigningKey):
        empty.signer(START)
    assert empty.after(empty.rotation(START, LIFETIME)).signer(START).signs_from == START


def test_private_parts_are_neither_published_nor_shown() -> None:
    ring = ring_with_a_key()
    private = str(ring.keys[0].pair.as_dict(private=True)["d"])
    assert private not in str(ring.jwks(START))
    assert private not in repr(ring)
