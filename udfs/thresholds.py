"""At which probability an alert is raised: the most specific setting that a tenant made."""

from collections.abc import Mapping

DEFAULT = 0.7


def threshold_for(key: str, settings: Mapping[str, float]) -> float:
    """The threshold of ``tenant|sku|warehouse``.

    ``settings`` holds thresholds by the key of their message: ``tenant|sku|warehouse`` with empty parts where the
    setting speaks of all. SKU and warehouse go before SKU, before warehouse, before tenant, before `DEFAULT`.
    """
    tenant, sku, warehouse = key.split("|")
    for candidate in (key, f"{tenant}|{sku}|", f"{tenant}||{warehouse}", f"{tenant}||"):
        threshold = settings.get(candidate)
        if threshold is not None:
            return threshold
    return DEFAULT
