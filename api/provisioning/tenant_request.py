"""What a new tenant is asked for with."""

from typing import Annotated
from zoneinfo import available_timezones

import msgspec

from api.access.clients import DEFAULT_SCOPES, check_scopes
from api.access.tenants import AccountError, Region, Tier, tenant_row


class TenantRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tenant to be; ``scopes`` are those of its first client."""

    name: str
    region: Region
    tier: Tier = Tier.STANDARD
    scopes: tuple[str, ...] = tuple(sorted(DEFAULT_SCOPES))
    time_zone: str = "UTC"
    retention_days: Annotated[int, msgspec.Meta(ge=7, le=30)] = 7


def check(wanted: TenantRequest) -> None:
    """Raises ``AccountError`` where no such tenant can be."""
    row = tenant_row(wanted.name, wanted.region, wanted.tier)
    check_scopes(row.tenant_id, wanted.scopes)
    if wanted.time_zone not in available_timezones():
        raise AccountError(f"there is no time zone {wanted.time_zone[:64]!r}")
