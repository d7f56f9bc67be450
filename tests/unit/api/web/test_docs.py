"""The documentation page needs nothing but this server, and allows itself nothing else."""

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from api.web.docs import CONTENT_SECURITY_POLICY, MEDIA_TYPES, PAGE, START


class Links(HTMLParser):
    """Gathers addresses, and what the policy would forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


@pytest.fixture
def links() -> Links:
    links = Links()
    links.feed(PAGE)
    return links


def test_everything_comes_from_here(links: Links) -> None:
    assert len(links.addresses) == 5
    assert all(re.fullmatch(r"/v1/[a-z0-9/.-]+", address) for address in links.addresses)
    assert "://" not in PAGE + START


def test_the_page_has_nothing_inline(links: Links) -> None:
    assert links.inline == []


def test_the_policy_allows_nothing_unsafe_and_nothing_from_elsewhere() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; ")
    sources = {source for rule in CONTENT_SECURITY_POLICY.split("; ") for source in rule.split()[1:]}
    assert sources == {"'none'", "'self'", "data:"}


def test_swagger_ui_is_version_5_and_has_the_files() -> None:
    static = files("swagger_ui").joinpath("static")
    for name in MEDIA_TYPES:
        assert static.joinpath(name).is_file()
    bundle = static.joinpath("swagger-ui-bundle.js").read_text()
    assert re.search(r'PACKAGE_VERSION:"5\.', bundle)
