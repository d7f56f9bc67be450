"""Signing keys in the accounts database, their private parts sealed. Processes agree through it alone."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from joserfc.jwk import ECKey
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.keys import KeyRing, Rotation, SigningKey
from api.access.sealing import Unsealable, seal, unseal
from api.audit.actor import UNNAMED, Actor
from api.audit.audit_log import record
from api.database import Database
from api.tables import SigningKeyRow


class UnreadableKey(Exception):
    """A stored key cannot be unsealed; the message is one readable line."""


async def load_keys(session: AsyncSession, encryption_key: bytes, now: datetime) -> KeyRing:
    """Every key that is not retired; raises ``UnreadableKey``."""
    return _ring(await _live_rows(session, now), encryption_key)


async def ensure_key(database: Database, encryption_key: bytes, now: datetime) -> None:
    """Make the first key if there is none; two processes that do so at once make two, which does no harm."""
    async with database.transaction() as session:
        ring = await load_keys(session, encryption_key, now)
        if not ring.keys:
            session.add(_row(SigningKey.generate(now, now), encryption_key))


async def rotate_key(
    database: Database,
    encryption_key: bytes,
    now: datetime,
    token_lifetime: timedelta,
    *,
    stolen: bool = False,
    actor: Actor = UNNAMED,
) -> Rotation:
    """Let a new key follow; live tokens stay valid, unless the old key was ``stolen``: then all are refused at once."""
    async with database.transaction() as session:
        rows = await _live_rows(session, now)
        ring = _ring(rows, encryption_key)
        rotation = ring.replacement(now) if stolen else ring.rotation(now, token_lifetime)
        retired_at = {key.kid: key.retired_at for key in ring.after(rotation).keys}
        for row in rows:
            row.retired_at = retired_at[row.kid]
        session.add(_row(rotation.new, encryption_key))
        await record(
            session,
            actor=actor,
            action="signing-key.rotated",
            tenant_id=None,
            subject=f"signing-key/{rotation.new.kid}",
            before={"keys": [key.kid for key in ring.keys], "stolen": stolen},
            after={"signs_from": rotation.new.signs_from, "others_retire_at": rotation.others_retire_at},
        )
    return rotation


async def _live_rows(session: AsyncSession, now: datetime) -> Sequence[SigningKeyRow]:
    live = or_(SigningKeyRow.retired_at.is_(None), SigningKeyRow.retired_at > now)
    rows = await session.scalars(select(SigningKeyRow).where(live).order_by(SigningKeyRow.created_at))
    return rows.all()


def _ring(rows: Sequence[SigningKeyRow], encryption_key: bytes) -> KeyRing:
    return KeyRing(tuple(_key(row, encryption_key) for row in rows))


def _key(row: SigningKeyRow, encryption_key: bytes) -> SigningKey:
    try:
        pair = ECKey.import_key(json.loads(unseal(encryption_key, row.sealed_private_key, row.kid.encode())))
    except Unsealable as error:
        raise UnreadableKey(
            f"signing key {row.kid} cannot be unsealed ({error}): is AURORA_ENCRYPTION_KEY the one it was sealed with?"
        ) from None
    return SigningKey(pair, row.created_at, row.signs_from, row.retired_at)


def _row(key: SigningKey, encryption_key: bytes) -> SigningKeyRow:
    private_jwk = json.dumps(key.pair.as_dict(private=True)).encode()
    return SigningKeyRow(
        kid=key.kid,
        sealed_private_key=seal(encryption_key, private_jwk, key.kid.encode()),
        public_jwk=key.public_jwk,
        created_at=key.created_at,
        signs_from=key.signs_from,
        retired_at=key.retired_at,
    )
