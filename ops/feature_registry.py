"""Applies the feature repo to the Feast registry of one stack."""

import hashlib
import subprocess
import sys
from pathlib import Path

import yaml

from ops.environment import environment_of, inherited
from ops.settings import PROJECT, StackSettings

REPO = PROJECT / "feature_repo"


class ApplyFailed(Exception):
    """Feast refused the repo; the message is the last line of what it said."""


def apply(settings: StackSettings) -> bool:
    """Run ``feast apply`` for this stack, unless the same repo was applied before; returns whether it ran.

    Raises `ApplyFailed`.
    """
    wanted, applied = _digest(settings), settings.folder / "feature_repo.applied"
    if settings.feature_registry.exists() and applied.exists() and applied.read_text() == wanted:
        return False
    for history in (settings.feature_history, settings.model_history):
        history.mkdir(parents=True, exist_ok=True)
    file = settings.folder / "feature_store.yaml"
    file.write_text(configuration(settings))
    # in a process of its own: Feast changes the working directory and the import path
    feast = (Path(sys.executable).with_name("feast"), "--chdir", REPO, "--feature-store-yaml", file)
    # there is no history yet that could be validated
    command = (*feast, "apply", "--skip-source-validation")
    environment = {**inherited(), **environment_of(settings)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ApplyFailed((done.stdout + done.stderr).strip().rpartition("\n")[2])
    applied.write_text(wanted)
    return True


def configuration(settings: StackSettings) -> str:
    """The repo's ``feature_store.yaml`` with this stack's registry and Redis."""
    values = yaml.safe_load((REPO / "feature_store.yaml").read_text())
    values["registry"]["path"] = str(settings.feature_registry)
    values["online_store"]["connection_string"] = f"{settings.redis_host}:{settings.redis_port},db=0"
    return yaml.safe_dump(values, sort_keys=False)


def _digest(settings: StackSettings) -> str:
    digest = hashlib.sha256(configuration(settings).encode())
    for file in sorted(REPO.glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
