"""What must know every table knows them, in whatever process it runs."""

import subprocess
import sys
from pathlib import Path

import api

PACKAGE = Path(api.__file__).parent


def test_every_module_of_tables_is_imported() -> None:
    modules = {
        ".".join(("api", *file.relative_to(PACKAGE).with_suffix("").parts))
        for file in PACKAGE.rglob("tables.py")
    }
    # another process, since this one may have imported them for other reasons
    script = "import sys, api.every_table; print(*(each for each in sys.modules if each.endswith('.tables')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert modules - set(done.stdout.split()) == set()
