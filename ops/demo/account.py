"""The demo's tenant, and how far its replay came: kept in one file that a shell can source."""

import os
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Self

PREFIX = "AURORA_DEMO_"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """The file's content. ``replayed`` is empty until every event was taken."""

    url: str
    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    last_event_at: str
    replayed: str = ""

    @property
    def ends_at(self) -> datetime:
        """When the last event of the replay occurs; the same for every try, so that a retry sends the same bytes."""
        return datetime.fromisoformat(self.last_event_at)

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """The account, or ``None`` where there is none yet."""
        if not file.exists():
            return None
        pairs = (line.partition("=") for line in file.read_text().splitlines())
        values = {name.removeprefix(PREFIX).lower(): value for name, _, value in pairs}
        return cls(**values)

    def save(self, file: Path) -> None:
        """Write the file, whole or not at all; only its owner may read it."""
        lines = (f"{PREFIX}{each.name.upper()}={getattr(self, each.name)}\n" for each in fields(self))
        draft = file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text("".join(lines))
        os.replace(draft, file)
