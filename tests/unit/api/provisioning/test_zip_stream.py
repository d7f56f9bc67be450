"""An archive that is sent while it is made opens like any other."""

import io
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.provisioning.zip_stream import CHUNK_BYTES, Member, zipped


async def pieces(given: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def members(files: Mapping[str, Sequence[bytes]]) -> AsyncIterator[Member]:
    for name, content in files.items():
        yield Member(name, pieces(content))


@given(
    st.dictionaries(
        st.sampled_from(["a.json", "b.ndjson", "c"]), st.lists(st.binary(max_size=300), max_size=5)
    )
)
async def test_what_went_in_comes_out(files: Mapping[str, Sequence[bytes]]) -> None:
    sent = b"".join([chunk async for chunk in zipped(members(files))])
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: b"".join(content) for name, content in files.items()
        }


async def test_it_is_sent_as_it_grows() -> None:
    # what cannot be made smaller
    noise = [Random(number).randbytes(50_000) for number in range(20)]
    chunks = [chunk async for chunk in zipped(members({"large": noise}))]
    assert len(chunks) > 3
    assert max(map(len, chunks)) < 4 * CHUNK_BYTES


async def test_one_that_breaks_off_cannot_be_opened() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"line\n" * 50_000
        raise ConnectionError

    async def one() -> AsyncIterator[Member]:
        yield Member("file", broken())

    sent = b""
    with pytest.raises(ConnectionError):
        async for chunk in zipped(one()):
            sent += chunk
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(sent))
