"""Every module that holds tables of the accounts database: with this imported, ``Base.metadata`` is whole."""

import api.audit.tables
import api.provisioning.tables
import api.sandbox.tables
from api.tables import Base

__all__ = ["Base"]
