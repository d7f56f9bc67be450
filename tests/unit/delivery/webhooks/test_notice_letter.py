"""The letter about a webhook that was disabled."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from delivery.webhooks.notice_letter import Notice, letter_of

NOW = datetime(2026, 11, 25, 16, tzinfo=UTC)
NOTICE = Notice("Corner Shop", "wh_1", "https://till.example/hook?token=secret", "", "failing", NOW)


def test_what_it_says() -> None:
    letter = letter_of(NOTICE, "Aurora <aurora@aurora.example>", "planner@shop.example", NOW)
    assert letter["From"] == "Aurora <aurora@aurora.example>"
    assert letter["To"] == "planner@shop.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content() == (
        "Aurora no longer sends alerts to a webhook of Corner Shop.\n"
        "\n"
        "Webhook: wh_1\n"
        "Host: till.example\n"
        "Since: 2026-11-25 16:00 UTC\n"
        "Why: Nothing has got through to it for a day.\n"
        "\n"
        "What was still waiting for it was cancelled; its log lists it, and each message can be sent again.\n"
        "When the program is back: POST /v1/webhooks/wh_1/resume\n"
    )


@pytest.mark.parametrize(
    "other", [replace(NOTICE, webhook_id="wh_2"), replace(NOTICE, at=NOW.replace(hour=17))]
)
def test_each_notice_has_an_id_of_its_own(other: Notice) -> None:
    def id_of(notice: Notice, address: str = "planner@shop.example") -> str:
        return str(letter_of(notice, "Aurora <aurora@aurora.example>", address, NOW)["Message-ID"])

    assert id_of(NOTICE) == id_of(replace(NOTICE))
    assert len({id_of(NOTICE), id_of(other), id_of(NOTICE, "other@shop.example")}) == 3
