"""What every subtask of the risk operator is told of tenants: their thresholds, and the versions of their models.

Both come from compacted topics into broadcast state, which checkpoints keep. Each is read from there once and then held
beside it, decoded: to fetch it for each row would cost as much as the model.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from pyflink.common import Types
from pyflink.datastream.state import MapStateDescriptor

from schemas import topics
from schemas.encoding import UnreadableMessage, decoder
from schemas.model_keys import tenant_and_pinned
from udfs.risk_parameters import RiskParameters, UnreadableParameters

SETTINGS_STATE = MapStateDescriptor("settings", Types.STRING(), Types.DOUBLE())
"""Thresholds by the key of their message."""
MODELS_STATE = MapStateDescriptor("models", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
"""Messages of the topic ``models`` by their key, as they came."""

BroadcastState = Callable[[MapStateDescriptor], Any]
"""Gives the state of a descriptor; in an operator its context's ``get_broadcast_state``."""


class Thresholds:
    """The settings of all tenants."""

    def __init__(self) -> None:
        self._by_key: dict[str, float] | None = None
        self._decode = decoder(topics.SETTINGS.schema)

    def by_key(self, state: BroadcastState) -> dict[str, float]:
        """Thresholds by the key of their message."""
        if self._by_key is None:
            self._by_key = dict(state(SETTINGS_STATE).items())
        return self._by_key

    def change(self, state: BroadcastState, key: bytes, value: bytes | None) -> None:
        """Take a message in; None takes the setting back. Raises `UnreadableMessage`, and then the old one stays."""
        name = key.decode(errors="replace")
        thresholds = self.by_key(state)
        if value is None:
            thresholds.pop(name, None)
            state(SETTINGS_STATE).remove(name)
        else:
            threshold = self._decode(value)["threshold"]
            thresholds[name] = threshold
            state(SETTINGS_STATE).put(name, threshold)


class Models:
    """The versions that are served: a tenant's newest, unless one is pinned."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        """``warn`` is told of what was readable once and is no more."""
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
            self._by_key = {}
            for key, value in state(MODELS_STATE).items():
                place = _place(key.encode())
                try:
                    self._by_key[place] = _parameters(place[0], bytes(value))
                except UnreadableMessage as problem:
                    # written for a family of formulas that this release no longer has
                    self._warn(f"The model of {key} is not served: {problem}")
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
