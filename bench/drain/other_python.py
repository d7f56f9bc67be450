"""A Python of its own for Bytewax and Quix Streams, whose pins are not those of the project."""

import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

LOCK = Path(__file__).with_name("requirements.lock")
UV = Path(sys.executable).with_name("uv")


@cache
def made() -> Path:
    """The interpreter; its environment is made, from the lock, where the user's cache does not have it."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "aurora-bench" / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    python, complete = folder / "bin" / "python", folder / "complete"
    if not complete.exists():
        _uv("venv", "--clear", "--python", sys.executable, str(folder))
        _uv("pip", "sync", "--python", str(python), "--require-hashes", str(LOCK))
        complete.touch()
    return python


def _uv(*arguments: str) -> None:
    subprocess.run([str(UV), "--quiet", *arguments], check=True)
