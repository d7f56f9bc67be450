"""Letters as mail programs and providers want them."""

from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from unit.delivery.digest.mornings import DAY, SIX_IN_BERLIN, a_morning, risk, words

from api.digests.link_tokens import LinkTokens, Purpose
from delivery.digest.contents import MOST_ROWS, Digest, compose
from delivery.digest.letters import Letters
from delivery.settings import Settings

TOKENS = LinkTokens(bytes(32))


@pytest.fixture
def letters() -> Letters:
    settings = Settings(
        issuer="https://aurora.example/",
        smtp_from="Aurora für alle <morning@aurora.example>",
        encryption_key=SecretStr(""),
    )
    return Letters(settings, TOKENS)


def sent(letters: Letters, digest: Digest | None = None, recipient_id: str = "rcp_1") -> EmailMessage:
    """The digest's letter as it is read at the other end."""
    letter = letters.digest(
        digest or a_morning(), words(), recipient_id, "planner@shop.example", SIX_IN_BERLIN
    )
    read = message_from_bytes(letter.as_bytes(), policy=policy.SMTP)
    assert isinstance(read, EmailMessage)
    return read


def test_a_digest_has_both_forms_and_the_headers_of_a_list(letters: Letters) -> None:
    letter = sent(letters)
    assert letter["From"] == "Aurora für alle <morning@aurora.example>"
    assert letter["To"] == "planner@shop.example"
    assert letter["Subject"] == "6 SKUs at risk – Mittwoch, 25. November 2026"
    assert letter["Date"].datetime == SIX_IN_BERLIN
    assert letter["Auto-Submitted"] == "auto-generated"
    url = f"https://aurora.example/v1/digests/unsubscribe?token={TOKENS.token('rcp_1', Purpose.UNSUBSCRIBE)}"
    assert letter["List-Unsubscribe"] == f"<{url}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    kinds = [part.get_content_type() for part in letter.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    for part in letter.iter_parts():
        assert url.replace("&", "&amp;") in part.get_content()


def test_a_letter_that_is_sent_again_is_known_by_its_id(letters: Letters) -> None:
    first = sent(letters)["Message-ID"]
    assert first.endswith("@aurora.example>")
    assert sent(letters)["Message-ID"] == first
    assert sent(letters, recipient_id="rcp_2")["Message-ID"] != first
    tomorrow = compose("Teehaus", DAY + timedelta(days=1), [], None)
    assert sent(letters, tomorrow)["Message-ID"] != first


def test_what_the_body_has_no_room_for_is_in_a_file(letters: Letters) -> None:
    many = [risk(f"S{number}", "W", 0.95) for number in range(MOST_ROWS + 1)]
    (file,) = sent(letters, compose("Teehaus", date(2026, 11, 25), many, None)).iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/csv", "stock-risks-2026-11-25.csv")
    text = file.get_content()
    assert text.startswith("\ufeff")
    assert len(text.splitlines()) == MOST_ROWS + 2


def test_a_question_leads_to_its_page(letters: Letters) -> None:
    letter = letters.question("Teehaus", "rcp_1", "planner@shop.example", SIX_IN_BERLIN)
    assert "List-Unsubscribe" not in letter
    for part in letter.iter_parts():
        assert TOKENS.token("rcp_1", Purpose.CONFIRM) in part.get_content()
