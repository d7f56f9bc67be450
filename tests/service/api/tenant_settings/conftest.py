"""A tenant that sets things."""

import pytest
from service.api.running import Running
from service.api.tenant_settings.setting_calls import Calls


@pytest.fixture
def calls(api: Running) -> Calls:
    """Calls of a tenant of the test's own."""
    return Calls(api, api.tenant())
