"""The environment in which a stack's programs run: where the others are, and the secrets they share."""

import base64
import os
import secrets
from pathlib import Path

from ops.settings import PROJECT, StackSettings

SECRETS = ("AURORA_ENCRYPTION_KEY", "AURORA_PII_KEY")
KEY_BYTES = 32
OF_FEAST = ("PROMETHEUS_MULTIPROC_DIR", "PROMETHEUS_MULTIPROCESS_DIR")


def inherited() -> dict[str, str]:
    """What a program of the stack takes over from this process's own environment.

    Feast, once imported, names a folder for metrics there that is removed when this process ends; a program that was
    started again later would fail to find it.
    """
    return {name: value for name, value in os.environ.items() if name not in OF_FEAST}


def environment_of(settings: StackSettings) -> dict[str, str]:
    """``AURORA_*`` for every program of the stack. Makes the stack's secrets where there are none yet."""
    return {
        **settings.environment,
        "AURORA_PORT": str(settings.api_port),
        "AURORA_ISSUER": settings.api_url,
        # by this name, for browsers keep passkeys for names alone; on loopback there is no TLS
        "AURORA_ORIGIN": f"http://localhost:{settings.api_port}",
        "AURORA_INSECURE_COOKIES": "true",
        "AURORA_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "AURORA_REDIS_URL": settings.redis_url,
        "AURORA_FLINK_URL": settings.flink_url,
        "AURORA_DATABASE_URL": settings.database_url
        or f"sqlite+aiosqlite:///{settings.folder / 'aurora.db'}",
        "AURORA_FEATURE_REPO": str(PROJECT / "feature_repo"),
        "AURORA_FEAST_REGISTRY": str(settings.feature_registry),
        "AURORA_FEATURE_HISTORY": str(settings.feature_history),
        "AURORA_MODEL_HISTORY": str(settings.model_history),
        **stored_secrets(settings.folder / "secrets.env"),
    }


def stored_secrets(file: Path) -> dict[str, str]:
    """The stack's secrets from this file, which is written once and only its owner may read."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(
            f"{name}={base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n" for name in SECRETS
        )
        # a name of its own first: two programs that start at once must end with the same secrets
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(lines)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs if name in SECRETS}
