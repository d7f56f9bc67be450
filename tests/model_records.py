"""Versions of models for the tests of what comes after the learner."""

import hashlib
import json

from prediction_records import NOON_MS, TENANT

from schemas.encoding import Record

DAY_MS = 86_400_000


def model_update(**changes: object) -> Record:
    """A version, times in ms, as the learner would publish it; the digest is that of its parameters."""
    record: Record = {
        "tenant_id": TENANT,
        "model_version": "nb-2.1-aaaaaa",
        "parent": None,
        "created_at": NOON_MS + 123,
        "data_from": NOON_MS - 30 * DAY_MS,
        "data_to": NOON_MS - DAY_MS,
        "parameters": '{"calibration":{"weight":4.0,"bias":0.5}}',
        "scores": {"log_loss": 0.0641, "ece": 0.0016},
        "reason": "learned on 812 labels",
        "labels": 812,
        **changes,
    }
    digest = hashlib.sha256(record["parameters"].encode()).hexdigest()
    return {"parameters_digest": digest, **record}


def lineage(tenant_id: str, count: int) -> list[Record]:
    """Versions of a tenant, each learned on from the one before, six hours apart."""
    names = [None, *(f"nb-2.{number}-{number:06x}" for number in range(1, count + 1))]
    return [
        model_update(
            tenant_id=tenant_id,
            model_version=name,
            parent=parent,
            created_at=NOON_MS + (number - 1) * 6 * 3_600_000,
            parameters=f'{{"number":{number}}}',
            reason=f"learned on {number * 10} labels",
            labels=number * 10,
        )
        for number, (parent, name) in enumerate(zip(names, names[1:], strict=False), 1)
    ]


def stored_lineage(tenant_id: str, count: int) -> list[Record]:
    """The same as the feature writer keeps them: with scores as text."""
    return [
        {**record, "scores": json.dumps(record["scores"], sort_keys=True)}
        for record in lineage(tenant_id, count)
    ]
