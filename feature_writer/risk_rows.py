"""Feast's rows of the feature view `stock_risk` in Redis, as the writer writes them."""

from collections.abc import Collection

from redis import Redis

from feature_writer import predictions
from feature_writer.feast_layout import TIME_FIELD, row_fields, row_key, time_ms
from schemas.encoding import Record


class RiskRows:
    """Writes rows; raises ``redis.RedisError`` where Redis does not take them."""

    def __init__(self, redis: Redis, project: str) -> None:
        self._redis = redis
        self._project = project.encode()

    def write(self, newest: Collection[Record]) -> None:
        """Store predictions, one of each key; those that are not newer than what is stored are passed over, as by Feast."""
        keys = [row_key(predictions.key(prediction), self._project) for prediction in newest]
        with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.execute_command("HGET", key, TIME_FIELD)  # type: ignore[no-untyped-call]  # redis-py
            stored = pipe.execute()
            for key, prediction, packed in zip(keys, newest, stored, strict=True):
                if prediction["updated_at"] > time_ms(packed):
                    pipe.execute_command("HSET", key, *row_fields(prediction))  # type: ignore[no-untyped-call]
            pipe.execute()
