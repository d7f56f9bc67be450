"""The letters in a real browser: as wide as the window, whatever its width, and readable as text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.service

CHROMIUM = "/usr/bin/chromium"
GOLDEN = Path(__file__).parents[3] / "unit" / "delivery" / "digest" / "golden"
LETTERS = sorted(GOLDEN.glob("*.html"))


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page without network: a letter must not need any."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        yield context.new_page()
        browser.close()


@pytest.mark.parametrize("width", [360, 640, 1_280])
@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.stem)
def test_a_letter_fits_every_window(page: Page, letter: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(letter.read_text())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for cell in page.locator("td, th").all():
        box = cell.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width
        assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth + 1"), cell.inner_text()


def test_a_letter_reads_as_it_looks(page: Page) -> None:
    page.set_content((GOLDEN / "digest_de.html").read_text())
    assert page.get_by_role("heading", level=1).inner_text() == "6 SKUs at risk"
    assert [each.inner_text().split()[0] for each in page.get_by_role("heading", level=2).all()] == [
        *("Berlin", "Hamburg", "München")
    ]
    assert page.get_by_role("link", name="Unsubscribe").is_visible()
    assert "Berlin: 3" not in page.locator("body").inner_text(), "the preview is for lists of letters alone"
