"""Flink's options for a trial, laid over the project's own ``config.yaml``."""

from pathlib import Path
from typing import Any

import yaml

BACKENDS: dict[str, dict[str, str]] = {
    "hashmap": {
        "state.backend.type": "hashmap",
        "execution.checkpointing.incremental": "false",
        "taskmanager.memory.managed.fraction": "0.1",
    },
    "rocksdb": {
        "state.backend.type": "rocksdb",
        "execution.checkpointing.incremental": "true",
        "taskmanager.memory.managed.fraction": "0.4",
    },
}


def lay_over(file: Path, options: dict[str, str]) -> None:
    """Set options, by their dotted names, in a configuration file."""
    configuration: dict[str, Any] = yaml.safe_load(file.read_text())
    for name, value in options.items():
        *parents, last = name.split(".")
        level = configuration
        for parent in parents:
            level = level.setdefault(parent, {})
        level[last] = value
    file.write_text(yaml.safe_dump(configuration))
