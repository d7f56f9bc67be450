"""Only a letter's own link does what it says."""

from hypothesis import given
from hypothesis import strategies as st

from api.digests.link_tokens import LinkTokens, Purpose

TOKENS = LinkTokens(bytes(32))
ids = st.text("0123456789abcdef", min_size=1, max_size=24).map("rcp_{}".format)


@given(ids, st.sampled_from(Purpose))
def test_a_token_tells_its_recipient_for_its_purpose_alone(recipient_id: str, purpose: Purpose) -> None:
    token = TOKENS.token(recipient_id, purpose)
    assert TOKENS.recipient_of(token, purpose) == recipient_id
    for other in set(Purpose) - {purpose}:
        assert TOKENS.recipient_of(token, other) is None
    assert LinkTokens(bytes(31) + b"\1").recipient_of(token, purpose) is None


@given(ids, ids, st.text(max_size=60))
def test_no_other_text_is_a_token(mine: str, other: str, noise: str) -> None:
    mac = TOKENS.token(mine, Purpose.UNSUBSCRIBE).partition(".")[2]
    if other != mine:
        assert TOKENS.recipient_of(f"{other}.{mac}", Purpose.UNSUBSCRIBE) is None
    assert TOKENS.recipient_of(noise, Purpose.UNSUBSCRIBE) is None


def test_links_in_old_letters_go_on_working() -> None:
    assert TOKENS.token("rcp_8f14e45fceea167a5a36dedd", Purpose.UNSUBSCRIBE) == (
        "rcp_8f14e45fceea167a5a36dedd.U5Q6dMW4XtUiTyUem8DA9voO"
    )
