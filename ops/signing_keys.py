"""Rotating the API's signing keys from outside of it; the API reads them from the database by itself."""

from collections.abc import Mapping
from datetime import UTC, datetime

from api.access.key_store import rotate_key
from api.access.keys import Rotation
from api.access.sealing import key_of
from api.database import Database
from api.settings import Settings
from ops.operator import operator


async def rotate_keys(environment: Mapping[str, str], *, stolen: bool) -> Rotation:
    """Let a new key follow in the database of the API with this environment. Raises ``api.access.key_store.UnreadableKey``."""
    fields = {name.removeprefix("AURORA_").lower(): value for name, value in environment.items()}
    settings = Settings.model_validate(fields)
    database = Database(settings.database_url)
    try:
        now = datetime.now(UTC)
        return await rotate_key(
            database,
            key_of(settings.encryption_key),
            now,
            settings.token_lifetime,
            stolen=stolen,
            actor=operator(),
        )
    finally:
        await database.close()
