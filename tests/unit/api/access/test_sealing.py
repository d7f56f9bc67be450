"""Sealing of secrets at rest."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.access.sealing import Unsealable, key_of, seal, unseal

KEY = bytes(range(32))

# written by the first release; what is in a database must be readable for ever
GOLDEN = "0192247fd8912b935f98e123179af901a4ecd0e8bcf1834ef39679a057dff41defa9899019b7c6eb6c3cbd7e87b0c5fd7f564c729b646e21"


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_sealed_is_unsealed(key: bytes, secret: bytes, context: bytes) -> None:
    assert unseal(key, seal(key, secret, context), context) == secret


@given(st.binary(max_size=100), st.data())
def test_a_changed_bit_is_noticed(secret: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, secret, b"context"))
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(Unsealable):
        unseal(KEY, bytes(sealed), b"context")


@given(st.binary(max_size=100), st.integers(0, 40))
def test_what_is_cut_off_is_noticed(secret: bytes, missing: int) -> None:
    sealed = seal(KEY, secret, b"context")
    with pytest.raises(Unsealable):
        unseal(KEY, sealed[: len(sealed) - 1 - missing], b"context")


def test_another_key_or_context_does_not_unseal() -> None:
    sealed = seal(KEY, b"secret", b"one key's name")
    with pytest.raises(Unsealable):
        unseal(bytes(32), sealed, b"one key's name")
    with pytest.raises(Unsealable):
        unseal(KEY, sealed, b"another key's name")


def test_sealing_twice_gives_different_bytes() -> None:
    assert seal(KEY, b"secret", b"") != seal(KEY, b"secret", b"")


def test_the_form_of_the_first_release_is_still_read() -> None:
    assert unseal(KEY, bytes.fromhex(GOLDEN), b"golden") == b"sealed by the first release"


def test_a_key_is_32_bytes_in_base64() -> None:
    assert key_of(SecretStr(base64.b64encode(KEY).decode())) == KEY


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(31)).decode(), "ü"])
def test_anything_else_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="must be 32 bytes in base64"):
        key_of(SecretStr(text))
