"""The words of letters, as they are golden; ``tests/service/delivery/digest`` looks at them in a browser.

To renew them: ``python tests/unit/delivery/digest/test_wording.py``.
"""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from unit.delivery.digest.mornings import DAY, SIX_IN_BERLIN, a_morning, risk, words

from delivery.digest import wording
from delivery.digest.contents import MOST_ROWS, compose
from delivery.digest.wording import Wording

GOLDEN = Path(__file__).parent / "golden"
LINK = "https://aurora.example/v1/digests/unsubscribe?token=rcp_1.a-b_c"


def the_letters() -> dict[str, Wording]:
    """Each letter by its name."""
    return {
        "digest_de": wording.digest(a_morning(), words("de-DE"), LINK),
        "digest_en": wording.digest(a_morning(), words("en-US"), LINK),
        "nothing": wording.digest(compose("Corner Shop", DAY, [], None), words("fr"), LINK),
        "question": wording.question("Teehaus & Söhne", LINK.replace("unsubscribe", "confirm")),
    }


def files_of(name: str, letter: Wording) -> dict[Path, str]:
    """The golden files of a letter."""
    return {
        GOLDEN / f"{name}.txt": f"Subject: {letter.subject}\n\n{letter.text}",
        GOLDEN / f"{name}.html": letter.html,
    }


@pytest.mark.parametrize("name", the_letters())
def test_letters_are_as_they_were_looked_at(name: str) -> None:
    for file, text in files_of(name, the_letters()[name]).items():
        assert text == file.read_text()


def test_numbers_and_times_are_written_as_the_locale_has_them() -> None:
    berlin, new_york = words("de-DE"), words("en-US")
    assert [each.number(1_480.4) for each in (berlin, new_york)] == ["1.480", "1,480"]
    assert [each.number(7.25) for each in (berlin, new_york)] == ["7,2", "7.2"]
    assert [each.chance(0.934) for each in (berlin, new_york)] == ["93\xa0%", "93%"]
    at = SIX_IN_BERLIN + timedelta(hours=9, minutes=5)
    assert [each.moment(at) for each in (berlin, new_york)] == ["Mi. 15:05", "Wed 3:05\u202fPM"]


def test_what_is_not_quite_sure_is_not_said_to_be() -> None:
    assert [words("en").chance(chance) for chance in (0.9049, 0.99, 0.9901, 0.99999, 1.0)] == [
        *("90%", "99%", "> 99%", "> 99%"),
        "100%",
    ]


@pytest.mark.parametrize(
    ("tag", "language"), [("de-CH", "de"), ("de-XX", "de"), ("xx", "en"), ("zh-Hans-CN", "zh")]
)
def test_a_locale_that_is_not_known_gives_way(tag: str, language: str) -> None:
    assert words(tag).locale.language == language


def test_the_file_has_every_sku_with_times_in_utc() -> None:
    many = [risk(f"S{number:03}", "W", 0.95) for number in range(MOST_ROWS + 1)]
    digest = compose("tenant", DAY, many, None)
    letter = wording.digest(digest, words("en"), LINK)
    assert "1 more that run out later are in the attached file" in letter.text
    rows = [*csv.DictReader(io.StringIO(wording.as_csv(digest), newline=""))]
    assert len(rows) == MOST_ROWS + 1
    assert rows[0] == {
        "warehouse": "W",
        "sku": "S000",
        "probability": "0.950",
        "predicted_oos_at": "2026-11-25T14:20:00Z",
        "stock": "12",
        "velocity": "31.5",
    }


def test_names_are_text_and_nothing_else() -> None:
    mean = risk("<script>alert(1)</script>", "<b>W</b>", 0.95)
    letter = wording.digest(compose("<i>T</i>", DAY, [mean], None), words("en"), LINK)
    for tag in ("<script", "<b>", "<i>"):
        assert tag not in letter.html
    assert "<script>alert(1)</script>" in letter.text


if __name__ == "__main__":
    for name, letter in the_letters().items():
        for file, text in files_of(name, letter).items():
            file.write_text(text)
