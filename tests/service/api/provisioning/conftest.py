"""An operator of the running API."""

import pytest
from service.api.provisioning.operator_calls import Operator
from service.api.running import Running


@pytest.fixture
def operator(api: Running) -> Operator:
    """An operator's client of this test's own."""
    return Operator(api)
