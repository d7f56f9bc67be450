"""What every subtask of the risk operator is told of tenants: their settings, and the versions of their models.

Both come from compacted topics into broadcast state, which checkpoints keep. Each is read from there once and then held
beside it, decoded: to fetch it for each row would cost as much as the model.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from pyflink.common import Types
from pyflink.datastream.state import MapStateDescriptor

from schemas import topics
from schemas.encoding import UnreadableMessage, decoder
from schemas.model_keys import tenant_and_pinned
from schemas.setting_levels import Level, tenant_and_level
from udfs.alert_rules import Setting
from udfs.risk_parameters import RiskParameters, UnreadableParameters

SETTINGS_STATE = MapStateDescriptor("tenant-settings", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
"""Messages of the topic ``settings`` by their key, as they came."""
THRESHOLDS_STATE = MapStateDescriptor("settings", Types.STRING(), Types.DOUBLE())
"""Thresholds by the key of their message, as jobs kept them whose settings were thresholds alone. Only taken over."""
MODELS_STATE = MapStateDescriptor("models", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
"""Messages of the topic ``models`` by their key, as they came."""

BroadcastState = Callable[[MapStateDescriptor], Any]
"""Gives the state of a descriptor; in an operator its context's ``get_broadcast_state``."""
Warn = Callable[[str], object]
"""Is told of what was readable once and is no more: a later release wrote it, and this one was gone back to."""


class Changed(NamedTuple):
    """What a message changed: the level that it speaks of, and what that said before and says now."""

    tenant_id: str
    level: Level
    before: Setting | None
    after: Setting | None

    @property
    def is_of_thresholds(self) -> bool:
        """Whether a key's probability is decided by another threshold at most, and is of the same horizon."""
        before, after = self.before or Setting(), self.after or Setting()
        return (before.horizon_hours, before.category, before.closed) == (
            *(after.horizon_hours, after.category, after.closed),
        )


class TenantSettings:
    """The settings of all tenants."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._by_key: dict[str, Setting] | None = None
        self._taken_over: set[str] = set()
        """Keys in `THRESHOLDS_STATE`."""
        self._decode = decoder(topics.SETTINGS.schema)

    def by_key(self, state: BroadcastState) -> dict[str, Setting]:
        """Settings by the key of their message."""
        if self._by_key is None:
            by_key = {key: Setting(threshold) for key, threshold in state(THRESHOLDS_STATE).items()}
            self._taken_over = set(by_key)
            for key, value in state(SETTINGS_STATE).items():
                try:
                    by_key[key] = self._setting(key.partition("|")[0], bytes(value))
                except UnreadableMessage as problem:
                    self._warn(f"The setting of {key} is not followed: {problem}")
            self._by_key = by_key
        return self._by_key

    def change(self, state: BroadcastState, key: bytes, value: bytes | None) -> Changed:
        """Take a message in; None takes the level back. Raises `UnreadableMessage`, and then the old one stays."""
        name, tenant_id, level = _level(key)
        settings = self.by_key(state)
        before = settings.get(name)
        if value is None:
            after = None
            settings.pop(name, None)
            if name not in self._taken_over:
                state(SETTINGS_STATE).remove(name)
        else:
            after = settings[name] = self._setting(tenant_id, value)
            state(SETTINGS_STATE).put(name, value)
        if name in self._taken_over:
            self._taken_over.remove(name)
            state(THRESHOLDS_STATE).remove(name)
        return Changed(tenant_id, level, before, after)

    def _setting(self, tenant_id: str, value: bytes) -> Setting:
        record = self._decode(value)
        if record["tenant_id"] != tenant_id:
            raise UnreadableMessage("wrong-tenant", "The setting is of another tenant than its key.")
        try:
            return Setting.of(record)
        except ValueError as problem:
            raise UnreadableMessage("invalid", f"{problem}.") from problem


def _level(key: bytes) -> tuple[str, str, Level]:
    try:
        name = key.decode()
        return name, *tenant_and_level(name)
    except ValueError as problem:
        raise UnreadableMessage("invalid", f"{problem}.") from problem


class Models:
    """The versions that are served: a tenant's newest, unless one is pinned."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._by_key: dict[tuple[str, bool], RiskParameters] | None = None
        """By tenant and whether it is the pin."""
        self._cold = RiskParameters()

    def of(self, tenant_id: str, state: BroadcastState) -> RiskParameters:
        """The parameters that serve a tenant."""
        known = self._known(state)
        return known.get((tenant_id, True)) or known.get((tenant_id, False)) or self._cold

    def change(self, state: BroadcastState, key: bytes, value: bytes | None) -> None:
        """Take a message in; None takes the version back. Raises `UnreadableMessage`, and then the old one stays."""
        place = _place(key)
        known = self._known(state)
        if value is None:
            known.pop(place, None)
            state(MODELS_STATE).remove(key.decode())
        else:
            known[place] = _parameters(place[0], value)
            state(MODELS_STATE).put(key.decode(), value)

    def _known(self, state: BroadcastState) -> dict[tuple[str, bool], RiskParameters]:
        if self._by_key is None:
            by_key = {}
            for key, value in state(MODELS_STATE).items():
                place = _place(key.encode())
                try:
                    by_key[place] = _parameters(place[0], bytes(value))
                except UnreadableMessage as problem:
                    self._warn(f"The model of {key} is not served: {problem}")
            self._by_key = by_key
        return self._by_key


def _place(key: bytes) -> tuple[str, bool]:
    try:
        return tenant_and_pinned(key)
    except ValueError as problem:
        raise UnreadableMessage("invalid", f"{problem}.") from problem


def _parameters(tenant_id: str, message: bytes) -> RiskParameters:
    update = decoder(topics.MODELS.schema)(message)
    if update["tenant_id"] != tenant_id:
        raise UnreadableMessage("wrong-tenant", "The version is of another tenant than its key.")
    content: str = update["parameters"]
    if sha256(content.encode()).hexdigest() != update["parameters_digest"]:
        raise UnreadableMessage("invalid", "parameters_digest is not that of parameters.")
    try:
        return RiskParameters.from_json(content, update["model_version"])
    except UnreadableParameters as problem:
        raise UnreadableMessage("invalid", f"{problem}.") from problem
    except (ArithmeticError, RecursionError) as problem:
        raise UnreadableMessage("invalid", f"The parameters are beyond all measure: {problem}.") from problem
