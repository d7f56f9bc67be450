"""The topic of models as a test writes it, and as compaction would leave it."""

from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from schemas import topics
from schemas.encoding import Record, decoder, encoder
from schemas.model_keys import newest_key, pinned_key

NAME = topics.MODELS.name


class ModelLog:
    """What the learner and the API would write of one tenant, a new one unless it is given."""

    def __init__(self, kafka: str, tenant_id: str | None = None) -> None:
        self.tenant_id = tenant_id or str(uuid4())
        self._is_pin = {newest_key(self.tenant_id): False, pinned_key(self.tenant_id): True}
        self._kafka = kafka
        self._producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True, "log_level": 0})

    def learned(self, *updates: Record) -> None:
        """Publish newest versions, in this order."""
        for update in updates:
            self._send(newest_key(self.tenant_id), encoder("model_update")(update))

    def pinned(self, update: Record) -> None:
        self._send(pinned_key(self.tenant_id), encoder("model_update")(update))

    def unpinned(self) -> None:
        self._send(pinned_key(self.tenant_id), None)

    def send_bytes(self, key: bytes, value: bytes | None) -> None:
        """Write a message as it is."""
        self._send(key, value)

    def end(self) -> dict[str, int]:
        """``topic-partition`` to the offset of the message to come."""
        consumer = Consumer({"bootstrap.servers": self._kafka, "group.id": "tests"})
        try:
            found = consumer.get_watermark_offsets(TopicPartition(NAME, 0), timeout=10)
        finally:
            consumer.close()
        assert found is not None
        return {f"{NAME}-0": found[1]}

    def records(self) -> list[tuple[bool, Record | None]]:
        """Every message of the tenant that is left, in order, times in ms, and whether it is of the pin."""
        consumer = Consumer({"bootstrap.servers": self._kafka, "group.id": "tests"})
        try:
            consumer.assign([TopicPartition(NAME, 0, OFFSET_BEGINNING)])
            (end,) = self.end().values()
            found = []
            while (message := consumer.poll(10)) is not None:
                assert message.error() is None
                is_pin = self._is_pin.get(message.key() or b"")
                if is_pin is not None:
                    value = message.value()
                    found.append((is_pin, None if value is None else decoder("model_update", "ms")(value)))
                if message.offset() == end - 1:
                    break
            return found
        finally:
            consumer.close()

    def forget_all_but_the_last(self) -> None:
        """Leave only the last message in the topic, as compaction leaves only the newest of a key."""
        admin = AdminClient({"bootstrap.servers": self._kafka, "log_level": 0})
        # Kafka deletes records only where that is a policy
        _set_policy(admin, "compact,delete")
        (end,) = self.end().values()
        for future in admin.delete_records([TopicPartition(NAME, 0, end - 1)]).values():
            future.result(10)
        _set_policy(admin, "compact")

    def _send(self, key: bytes, value: bytes | None) -> None:
        self._producer.produce(NAME, value, key)
        assert self._producer.flush(30) == 0


def _set_policy(admin: AdminClient, policy: str) -> None:
    entry = ConfigEntry("cleanup.policy", policy, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, NAME, incremental_configs=[entry])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(10)
