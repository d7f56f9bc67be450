"""What the job does not import: packages that would take seconds of every start and of every recovery."""

import subprocess
import sys

HEAVY = ("pandas", "sklearn", "sqlalchemy", "scipy.stats")


def test_the_job_s_modules_bring_nothing_that_takes_seconds_to_import() -> None:
    program = f"import sys, jobs.stock_risk; print([name for name in {HEAVY} if name in sys.modules])"
    assert run(program) == "[]"


def test_the_whole_package_can_still_be_imported_and_has_the_same_class() -> None:
    assert run("import udfs.drift, river.drift; print(river.drift.ADWIN is udfs.drift.ADWIN)") == "True"
    assert run("import river.drift, udfs.drift; print(river.drift.ADWIN is udfs.drift.ADWIN)") == "True"
    assert run("import udfs.drift, river.drift; print(river.drift.KSWIN.__name__)") == "KSWIN"


def run(program: str) -> str:
    """What a new Python prints."""
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()
