"""Every module that holds tables of the accounts database: with this imported, ``Base.metadata`` is whole."""

import api.audit.tables
import api.catalogue.tables
import api.digests.tables
import api.erasures.tables
import api.hidden_predictions.tables
import api.limits.tables
import api.outbox.tables
import api.provisioning.tables
import api.sandbox.tables
import api.suppressions.tables
import api.tenant_settings.tables
import api.usage.tables
import api.users.tables
import api.webhooks.tables
from api.tables import Base

__all__ = ["Base"]
