"""Whose version a message of the topic models is, and whether it is pinned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.model_keys import newest_key, pinned_key, tenant_and_pinned

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"


@given(st.uuids().map(str))
def test_both_keys_tell_the_tenant(tenant: str) -> None:
    assert tenant_and_pinned(newest_key(tenant)) == (tenant, False)
    assert tenant_and_pinned(pinned_key(tenant)) == (tenant, True)


def test_the_keys_are_those_of_the_contract() -> None:
    assert (newest_key(TENANT), pinned_key(TENANT)) == (TENANT.encode(), f"{TENANT}|pinned".encode())


@pytest.mark.parametrize(
    "key",
    [
        *("", "acme", f"{TENANT}|", f"{TENANT}|other", f"{TENANT}|pinned|pinned", f"{TENANT}\n"),
        *(f" {TENANT}", f"{TENANT}pinned", TENANT.upper(), TENANT.replace("-", "")),
    ],
)
def test_any_other_key_is_nobodys(key: str) -> None:
    with pytest.raises(ValueError, match="is no key of a tenant's models"):
        tenant_and_pinned(key.encode())
