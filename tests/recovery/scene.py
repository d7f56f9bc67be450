"""A whole stack under steady load, with those who watch it, and what must hold of it at any time."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from recovery.faults import Target
from recovery.link import Link
from recovery.oracle import Event, alerts_of, stock_of
from recovery.prober import PROBES, Prober, eventually
from recovery.shop import Shop
from recovery.tills import Pace, Tills
from recovery.verdict import AlertFindings, miscounted, wrong_alerts, wrong_stock
from recovery.witness import Witness, logged_ids
from redis.exceptions import RedisError

from api.access.tenants import Region, Tier
from api.alerts.predictions import Incomplete, OfSku
from api.alerts.risk_reader import RiskReader
from api.settings import Settings
from ops import checkpoints
from ops.environment import environment_of
from ops.launch import launch
from ops.parts import flink
from ops.ports import free_ports
from ops.stack import Stack, StackSettings
from ops.tenants import open_tenant
from schemas import topics

TILLS = 4
SETTLED_S = 90.0
"""How long the stream may take to come to the end of all that was accepted, once nothing more comes."""
COMMITTED_S = 45.0
"""Alerts are seen when their transaction commits with a checkpoint."""
LOOK_EVERY_S = 0.5
"""A look at all parts takes a third of that of a core."""


class Scene:
    """The stack ``target`` with one shop that sells and is watched. See `opened`."""

    def __init__(self, target: Target, seed: int, pace: Pace) -> None:
        self.target = target
        settings = target.stack.settings
        self.shop = self.new_shop("steady")
        self.witness = Witness(settings.kafka_bootstrap, frozenset(PROBES))
        self.prober = Prober(settings.api_url, self.shop)
        self.tills = Tills(self.shop, pace, TILLS, self._alerted, seed)
        self.events_a_second = TILLS * pace.events_a_second
        self._marks = 0

    @property
    def settings(self) -> StackSettings:
        return self.target.stack.settings

    def new_shop(self, name: str) -> Shop:
        """Another tenant of the same stack."""
        credentials = open_tenant(
            self.settings, f"{name} {time.time_ns()}", Region.EU_CENTRAL_1, Tier.STANDARD
        )
        return Shop(self.settings, credentials)

    def start(self) -> None:
        """Returns once what was told is in the API's answers, and the load has begun."""
        self.witness.start()
        self.prober.open()
        assert not self.unsettled(self.shop), "the first predictions"
        eventually(lambda: all(self.prober.ask(sku).shown for sku in PROBES), SETTLED_S, "the first answers")
        self.prober.start()
        self.tills.start()

    def stop(self) -> None:
        self.tills.stop()
        self.prober.stop()
        self.witness.stop()
        self.shop.close()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Nobody sells meanwhile; what was sold before is accepted. Questions go on. Raises what ended one who sells or asks."""
        with self.tills.paused(), self.prober.turn:
            if self.prober.failure is not None:
                raise self.prober.failure
            yield

    def time_to_recover(self, limit_s: float) -> float:
        """Seconds, from now, until all parts are well and an answer of the API has an event that was sent after that."""
        began = time.monotonic()
        # not before: a part that died a moment ago may not be missed yet, and what it did is still on its way
        eventually(self._is_well, limit_s, "all parts are well", LOOK_EVERY_S)
        self._marks += 1
        sku = f"MARK-{self._marks}"
        self.shop.post([Event.new("stock.counted", sku, 1_000 + self._marks)])
        eventually(lambda: bool(self.prober.ask(sku).shown), limit_s, "a new event is in an answer")
        return time.monotonic() - began

    def unsettled(self, shop: Shop, limit_s: float = SETTLED_S) -> list[str]:
        """What is wrong of a shop that sells nothing more, once all is right, or when that took too long."""
        expected = stock_of(shop.accepted)
        try:
            eventually(lambda: not self._wrong_stock(shop, expected), limit_s, "the stream")
            eventually(lambda: not self._wrong_store(shop), limit_s, "the online store")
        except TimeoutError:
            return self._wrong_stock(shop, expected) or self._wrong_store(shop)
        return []

    def _wrong_stock(self, shop: Shop, expected: Mapping[str, int]) -> list[str]:
        """SKUs whose newest prediction is not of the stock that the accepted events give."""
        newest = self.witness.predictions(shop.tenant_id)
        return wrong_stock(expected, {sku: each["stock"] for sku, each in newest.items()})

    def _wrong_store(self, shop: Shop) -> list[str]:
        """SKUs of which the online store, by the API's own reader, has not the newest prediction."""
        newest = self.witness.predictions(shop.tenant_id)
        try:
            stored = self._stored(shop, sorted(newest))
        except (Incomplete, RedisError) as error:
            return [f"the online store cannot be read: {type(error).__name__} {error}"]
        return [
            f"{sku} is not stored as it was predicted"
            for sku, each in newest.items()
            if stored.get(sku) != (each["stock"], each["updated_at"])
        ]

    def alert_findings(self) -> AlertFindings:
        """Of the steady shop's alerts, as they are now."""
        return wrong_alerts(alerts_of(self.shop.accepted), self.witness.alerts(self.shop.tenant_id))

    def await_alerts(self) -> AlertFindings:
        """Their findings as soon as none is missing, or when that took too long."""
        try:
            eventually(lambda: not self.alert_findings().missing, COMMITTED_S, "alerts")
        except TimeoutError:
            pass
        return self.alert_findings()

    def miscounted(self, shop: Shop) -> list[str]:
        """Accepted events that are not in Kafka exactly once. Reads the whole topic."""
        logged = logged_ids(self.settings.kafka_bootstrap, topics.orders(shop.tenant_id))
        return miscounted((event.event_id for event in shop.accepted), logged)

    def checkpointed_at(self) -> float:
        """When the newest complete checkpoint was written, epoch seconds; 0 where there is none."""
        newest = checkpoints.newest(flink.checkpoints(self.settings))
        return 0.0 if newest is None else (newest / checkpoints.COMPLETE).stat().st_mtime

    def _is_well(self) -> bool:
        parts = self.target.stack.status()
        return bool(parts) and not any(part.health for part in parts.values())

    def _alerted(self, sku: str) -> bool:
        return self.witness.alerted(self.shop.tenant_id, sku)

    def _stored(self, shop: Shop, skus: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        reader = RiskReader(Settings(**_api_settings(self.settings)))
        try:
            readings = reader.of_skus([OfSku(shop.tenant_id, sku) for sku in skus])
        finally:
            reader.close()
        return {
            each.sku: (each.stock, round(each.updated_at.timestamp() * 1000))
            for reading in readings
            for each in reading.predictions
        }


def _api_settings(settings: StackSettings) -> dict[str, Any]:
    prefix = "AURORA_"
    known = {f"{prefix}{name}".upper(): name for name in Settings.model_fields}
    return {known[name]: value for name, value in environment_of(settings).items() if name in known}


@contextmanager
def stack_behind_a_link(folder: Path) -> Iterator[Target]:
    """A running stack of one's own, whose parts reach Kafka by a link."""
    with ExitStack() as closing:
        (port,) = free_ports(1)
        settings = StackSettings.for_tests(folder).model_copy(update={"kafka_proxied_port": port})
        link = Link(settings.kafka_port, port)
        link.open()
        closing.callback(link.close)
        stack = Stack(settings)
        closing.callback(stack.down)
        launch(stack, lambda _: None)
        yield Target(stack, link)


@contextmanager
def opened(seed: int, pace: Pace, folder: Path | None = None) -> Iterator[Scene]:
    """A scene that runs, in a folder of its own unless one is given; nothing of it stays."""
    with ExitStack() as closing:
        place = folder or Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="aurora-recovery-")))
        scene = Scene(closing.enter_context(stack_behind_a_link(place)), seed, pace)
        scene.start()
        closing.callback(scene.stop)
        yield scene
