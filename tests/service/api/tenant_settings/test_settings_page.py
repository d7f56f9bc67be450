"""The calls of docs/settings.md, run as they are written."""

import pytest
from service.api.running import Running
from service.api.tenant_settings.setting_calls import Calls
from service.features.documented import run_page

from ops.stack import Stack

pytestmark = pytest.mark.service


def test_the_page_runs_as_written(own_api: Running, stack: Stack) -> None:
    account = own_api.tenant()
    # as a tenant is opened
    Calls(own_api, account).create("settings", time_zone="UTC", retention_days=7)
    variables = {"TOKEN": own_api.token(account), "AURORA_DEMO_TENANT_ID": str(account.tenant_id)}
    said = run_page("settings.md", own_api.settings.port, stack.settings, variables)
    assert '"type":"/v1/problems/' not in said
    assert '{"skus":2,"changed":2}' in said
    # what holds for TEA-1 in berlin
    assert '"threshold":0.6,"horizon_hours":48' in said
    assert '"said_by":{"threshold":"category","horizon_hours":"sku_and_warehouse"' in said
    assert '"level":"tenant"' in said and '"threshold":0.75' in said
    assert "alerts from 0.65 on" in said
