"""An offline store that is not there, for processes that read and write online alone.

Feast loads the offline store that its configuration names even where nobody asks it anything. That of this repo brings
Dask: 30 MB in each process.
"""

from typing import Any

from feast.infra.offline_stores.offline_store import OfflineStore
from feast.repo_config import FeastConfigBaseModel


class OnlineOnlyOfflineStoreConfig(FeastConfigBaseModel):
    """Feast finds the store by the name of its configuration, and this by that of the store."""

    type: str = f"{__name__}.OnlineOnlyOfflineStore"


class OnlineOnlyOfflineStore(OfflineStore):
    """Refuses every question."""

    @staticmethod
    def pull_latest_from_table_or_query(*_: Any, **__: Any) -> Any:
        """Not here."""
        raise NotImplementedError("This process has no offline store.")

    pull_all_from_table_or_query = get_historical_features = pull_latest_from_table_or_query
    offline_write_batch = write_logged_features = pull_latest_from_table_or_query
