"""What an event must be, and every reason why a line is not one."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from api.ingest import event_fields as fields
from api.ingest.order_event import OrderEvent
from api.ingest.pii import PiiHasher
from api.random_ids import random_id
from api.web import exact_json

QUANTITIES: dict[str, tuple[int, int]] = {
    "order.created": (1, fields.MAX_QTY),
    "order.cancelled": (1, fields.MAX_QTY),
    "return.received": (1, fields.MAX_QTY),
    "stock.received": (1, fields.MAX_QTY),
    "stock.adjusted": (-fields.MAX_QTY, fields.MAX_QTY),
    "stock.counted": (0, fields.MAX_COUNT),
    "stock.inbound": (1, fields.MAX_QTY),
}
"""The event types that move or announce stock, with the bounds of their ``qty``. Other types are only stored."""

ANNOUNCEMENT = "stock.inbound"
MAX_ATTRIBUTES_BYTES = 512 * 1024
"""Hashes are longer than most of what they replace, and a message must stay under Kafka's limit of 1 MiB."""

Value = TypeVar("Value")
Check = Callable[[object], Value]

expected_at = fields.instant(fields.LATEST_MS, "after 2099")
"""The check for when announced goods are due."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a line, or with the whole line where ``field`` is ``None``."""

    field: str | None
    reason: str


class BadLine(ValueError):
    """A line that is not an event that we take."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


class _Fields:
    """Takes checked fields out of an object; what is left in ``rest`` is what nobody asked for.

    A field that is absent or null is ``None``. A field that its check refuses is an error, or, if ``lenient``, stays
    in the rest.
    """

    def __init__(self, given: dict[str, object], prefix: str = "", *, lenient: bool = False) -> None:
        self.rest = dict(given)
        self.errors: list[FieldError] = []
        self._prefix = prefix
        self._lenient = lenient

    def optional(self, name: str, check: Check[Value]) -> Value | None:
        value = self.rest.get(name)
        if value is None:
            self.rest.pop(name, None)
            return None
        del self.rest[name]
        try:
            return check(value)
        except fields.Refused as refused:
            self.refuse(name, value, str(refused))
            return None

    def required(self, name: str, check: Check[Value]) -> Value | None:
        """As ``optional``, but absence is an error too."""
        if self.rest.get(name) is None:
            self.fail(name, "is required")
        return self.optional(name, check)

    def refuse(self, name: str, value: object, reason: str) -> None:
        """Do not take this field after all."""
        if self._lenient:
            self.rest[name] = value
        else:
            self.fail(name, reason)

    def fail(self, name: str | None, reason: str) -> None:
        """Note an error of a field, or of the whole object."""
        self.errors.append(FieldError(self._prefix + name if name else self._prefix[:-1] or None, reason))

    def raise_errors(self) -> None:
        if self.errors:
            raise BadLine(*self.errors)


class EventRules:
    """The rules for the events of one tenant, received at one moment."""

    def __init__(self, tenant_id: UUID, received_at_ms: int, latest_ms: int, pii: PiiHasher) -> None:
        """``latest_ms`` is the latest ``occurred_at`` that is taken."""
        self.tenant_id = tenant_id
        self.tenant_text = str(tenant_id)
        self.received_at_ms = received_at_ms
        self.latest_ms = latest_ms
        self._pii = pii
        self.saw_sku_id = False
        """Whether any event so far gave its SKU under the deprecated name."""

    @cached_property
    def occurred_at(self) -> Check[int]:
        """The check for when an event happened."""
        return fields.instant(self.latest_ms, "so far in the future")

    def event(self, line: bytes) -> OrderEvent:
        """The event of a line. Raises `BadLine`."""
        try:
            document = exact_json.decode(line)
            if not isinstance(document, dict):
                raise BadLine(FieldError(None, "not a JSON object"))
            event_type, payload = self._envelope(document)
            known = event_type in QUANTITIES
            given = _Fields(payload, "payload.", lenient=not known)
            return self._stock_event(event_type, given) if known else self._other_event(event_type, given)
        except exact_json.RefusedJson as error:
            raise BadLine(FieldError(None, str(error))) from None

    def _envelope(self, document: dict[str, object]) -> tuple[str, dict[str, object]]:
        envelope = _Fields(document)
        envelope.required("tenant_id", self._own_tenant)
        event_type = envelope.required("event_type", fields.event_type)
        payload = envelope.required("payload", _object)
        if envelope.rest:
            envelope.fail(
                None, "only tenant_id, event_type and payload may stand here; the rest belongs into payload"
            )
        envelope.raise_errors()
        assert event_type is not None and payload is not None
        return event_type, payload

    def _own_tenant(self, value: object) -> UUID:
        # the same answer whether another tenant exists or not
        if value != self.tenant_text and fields.guid(value) != self.tenant_id:
            raise fields.Refused("is not the tenant of the access token")
        return self.tenant_id

    def _stock_event(self, event_type: str, given: _Fields) -> OrderEvent:
        sku = self._sku(given)
        if sku is None and not given.errors:
            given.fail("sku", "is required")
        return self._common(
            event_type,
            given,
            sku=sku,
            warehouse=given.required("warehouse", fields.name),
            qty=given.required("qty", fields.quantity(*QUANTITIES[event_type])),
            expected_at=(given.required("expected_at", expected_at) if event_type == ANNOUNCEMENT else None),
        )

    def _other_event(self, event_type: str, given: _Fields) -> OrderEvent:
        return self._common(
            event_type,
            given,
            sku=self._sku(given),
            warehouse=given.optional("warehouse", fields.name),
            qty=given.optional("qty", fields.quantity(-fields.MAX_QTY, fields.MAX_QTY)),
            expected_at=None,
        )

    def _sku(self, given: _Fields) -> str | None:
        """The SKU, by its name or by its deprecated name ``sku_id``."""
        sku = given.optional("sku", fields.name)
        former = given.optional("sku_id", fields.name)
        if former is None:
            return sku
        if sku is not None and sku != former:
            given.refuse("sku_id", former, "differs from sku")
            return sku
        self.saw_sku_id = True
        return former

    def _common(
        self,
        event_type: str,
        given: _Fields,
        *,
        sku: str | None,
        warehouse: str | None,
        qty: int | None,
        expected_at: int | None,
    ) -> OrderEvent:
        """The event, with the fields that every type may have. Raises `BadLine` for these and all errors before."""
        event_id = given.optional("event_id", fields.identifier)
        occurred_at = given.optional("occurred_at", self.occurred_at)
        order_id = given.optional("order_id", fields.identifier)
        price, currency = self._money(given)
        attributes = self._attributes(given)
        given.raise_errors()
        return OrderEvent(
            event_id=event_id or random_id(),
            event_type=event_type,
            tenant_id=self.tenant_text,
            sku=sku,
            warehouse=warehouse,
            qty=qty,
            occurred_at=self.received_at_ms if occurred_at is None else occurred_at,
            received_at=self.received_at_ms,
            expected_at=expected_at,
            order_id=order_id,
            price=price,
            currency=currency,
            attributes=attributes,
        )

    def _money(self, given: _Fields) -> tuple[Decimal | None, str | None]:
        currency = given.optional("currency", fields.currency)
        price = given.optional("price", fields.price if currency is not None else _without_currency)
        return price, currency

    def _attributes(self, given: _Fields) -> str | None:
        """JSON of what is left of the payload, without personal data."""
        if not given.rest:
            return None
        attributes = exact_json.encode(self._pii.protect(given.rest))
        if len(attributes.encode()) > MAX_ATTRIBUTES_BYTES:
            given.fail(None, f"too large: over {MAX_ATTRIBUTES_BYTES} bytes with personal data as hashes")
        return attributes


def _without_currency(_: object) -> Decimal:
    raise fields.Refused("needs a currency")


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise fields.Refused("must be an object")
    return value
