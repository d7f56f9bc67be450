"""River's ADWIN, without the package around it.

``river.drift`` imports River's data sets, and these pandas, scikit-learn and SQLAlchemy: five sixths of the time that the
job's modules take to import, which each start of the job pays, and each recovery of a TaskManager (docs/adr/adr-021.md).
"""

import sys
from importlib.util import find_spec, module_from_spec

_PACKAGE = "river.drift"


def _enter_bare_package() -> None:
    """Let modules of the package be imported without its ``__init__``."""
    spec = find_spec(_PACKAGE)
    assert spec is not None, "River is a dependency"
    sys.modules[_PACKAGE] = module_from_spec(spec)


_was_there = _PACKAGE in sys.modules
if not _was_there:
    _enter_bare_package()
from river.drift.adwin import ADWIN  # noqa: E402  # after the package was entered

if not _was_there:
    # whoever asks for the whole package gets it, with this same class in it
    del sys.modules[_PACKAGE]

__all__ = ["ADWIN"]
