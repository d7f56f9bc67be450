"""What a job can be restored from."""

from pathlib import Path

COMPLETE = "_metadata"


def newest(folder: Path) -> Path | None:
    """The newest complete checkpoint or savepoint under a folder, of whichever job; ``None`` where there is none.

    Flink writes ``_metadata`` last, so a checkpoint that was cut off has none.
    """
    complete = folder.glob(f"**/{COMPLETE}")
    return max((file.parent for file in complete), key=_written, default=None)


def _written(checkpoint: Path) -> int:
    return (checkpoint / COMPLETE).stat().st_mtime_ns
