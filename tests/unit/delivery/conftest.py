"""An accounts database in a file, as for the API's tests."""

from unit.api.conftest import database

__all__ = ["database"]
