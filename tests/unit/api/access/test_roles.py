"""Roles as sets of scopes."""

import pytest

from api.access.clients import SCOPES
from api.access.operators import OPERATOR_SCOPES
from api.access.roles import LEAST_ROLE, Role, needs_step_up, scopes_of


def test_each_role_may_do_all_that_the_one_before_may() -> None:
    assert scopes_of(Role.VIEWER) < scopes_of(Role.ANALYST) < scopes_of(Role.ADMIN)


def test_only_analysts_and_admins_see_predictions() -> None:
    predictions = {"alerts:read", "models:read", "predictions:read"}
    assert scopes_of(Role.VIEWER) & predictions == set()
    assert predictions <= scopes_of(Role.ANALYST)


def test_a_viewer_changes_nothing() -> None:
    assert all(scope.endswith(":read") for scope in scopes_of(Role.VIEWER))


def test_nobody_of_a_tenant_has_a_scope_of_the_operator() -> None:
    assert LEAST_ROLE.keys() & OPERATOR_SCOPES.keys() == set()


def test_every_scope_that_a_client_can_have_is_of_some_role() -> None:
    assert SCOPES.keys() - LEAST_ROLE.keys() == set()


@pytest.mark.parametrize(
    ("scope", "needed"),
    [
        ("users:write", True),
        ("models:write", True),
        ("audit:read", False),
        ("suppressions:write", False),
        ("alerts:read", False),
        ("tenants:write", False),
    ],
)
def test_an_admin_s_changes_need_a_passkey(scope: str, needed: bool) -> None:
    assert needs_step_up(scope) is needed
