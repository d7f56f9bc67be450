"""The id of a request."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.web.request_id import SANE, request_id


@given(st.from_regex(SANE, fullmatch=True))
def test_a_sane_id_of_the_caller_is_kept(given_id: bytes) -> None:
    assert request_id([(b"host", b"x"), (b"x-request-id", given_id)]) == given_id


@given(st.binary(max_size=100).filter(lambda value: not SANE.fullmatch(value)))
def test_any_other_is_replaced_by_a_uuid(given_id: bytes) -> None:
    assert UUID(request_id([(b"x-request-id", given_id)]).decode()).version == 4


def test_without_one_each_request_gets_its_own() -> None:
    assert request_id([]) != request_id([])
