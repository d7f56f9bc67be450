"""Which keys a subtask has, and what was last said of them: who has to be looked at when a setting changes.

A tenant of 100,000 SKUs that changes its threshold has perhaps a hundred whose alert changes with it. To look at them all
would take the subtask ten seconds; to find the hundred by what was said last takes a tenth of one.
"""

from collections.abc import Iterable, Iterator

from schemas.setting_levels import Level
from udfs.alert_rules import AlertRule
from udfs.alerting import resolved_below


class WatchedKeys:
    """Keys ``tenant|sku|warehouse`` of one subtask."""

    def __init__(self) -> None:
        self._chances: dict[str, dict[str, float | None]] = {}
        """By tenant and key: the probability that its alert was last decided by; None where it is not known."""
        self._warehouses: dict[str, set[str]] = {}
        self._in_force: set[str] = set()

    def add(self, keys: Iterable[str]) -> None:
        """Keys of which nothing is known yet but that they are there."""
        for key in keys:
            self._of_tenant(key).setdefault(key, None)

    def assessed(self, key: str, chance: float, in_force: bool) -> None:
        """An alert was decided by this probability, and is in force or not."""
        self._of_tenant(key)[key] = chance
        if in_force:
            self._in_force.add(key)
        else:
            self._in_force.discard(key)

    def forget(self, key: str) -> None:
        """The key is no more."""
        self._of_tenant(key).pop(key, None)
        self._in_force.discard(key)

    def at(self, tenant_id: str, level: Level) -> Iterator[str]:
        """The keys that a level may concern; of a category, all of the tenant."""
        known = self._chances.get(tenant_id, {})
        if not level.sku:
            end = f"|{level.warehouse}"
            yield from [key for key in known if not level.warehouse or key.endswith(end)]
            return
        for warehouse in [level.warehouse] if level.warehouse else self._warehouses.get(tenant_id, ()):
            key = f"{tenant_id}|{level.sku}|{warehouse}"
            if key in known:
                yield key

    def would_change(self, key: str, rule: AlertRule) -> bool:
        """Whether the alert of a key would change by this rule, if the probability is still as it was."""
        chance = self._of_tenant(key).get(key)
        if chance is None:
            return True
        if key in self._in_force:
            return chance < resolved_below(rule.threshold)
        return chance >= rule.threshold

    def _of_tenant(self, key: str) -> dict[str, float | None]:
        tenant_id, _, rest = key.partition("|")
        known = self._chances.get(tenant_id)
        if known is None:
            known = self._chances[tenant_id] = {}
            self._warehouses[tenant_id] = set()
        if key not in known:
            self._warehouses[tenant_id].add(rest.rpartition("|")[2])
        return known
