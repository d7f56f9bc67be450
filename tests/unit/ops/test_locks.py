"""What is installed is pinned by version and by content, and no file says where it is fetched from."""

import re
from pathlib import Path

import pytest

from ops.settings import PROJECT

LOCKS = [PROJECT / "requirements.lock", PROJECT / "ops" / "uv.lock"]
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[A-Za-z0-9.!+]+( ; .+)?")


def requirements(lock: Path) -> list[str]:
    """Each requirement on one line, with its hashes."""
    lines = (line for line in lock.read_text().splitlines() if not line.startswith("#"))
    return "\n".join(lines).replace("\\\n", "").splitlines()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    found = requirements(lock)
    assert found
    for line in found:
        name, *hashes = line.split(" --hash=")
        assert REQUIREMENT.fullmatch(name.strip()), line[:80]
        assert [each for each in hashes if not re.fullmatch(r" *sha256:[0-9a-f]{64} *", each)] == [], name
        assert hashes, name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_registry_is_named(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert "index" not in re.sub(r"^[A-Za-z0-9._-]+==", "", lock.read_text(), flags=re.MULTILINE)


def test_jvm_parts_are_pinned() -> None:
    for pom in PROJECT.glob("*/jvm/pom.xml"):
        text = pom.read_text()
        versions = re.findall(r"<(?:[a-z.]+\.)?version>([^<]+)</", text)
        assert versions
        assert not [version for version in versions if re.search(r"[\[(,]|LATEST|RELEASE|SNAPSHOT", version)]
        assert "<repository>" not in text
