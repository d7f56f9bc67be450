"""``aurora models`` on a stack with a feature writer."""

import re
from uuid import uuid4

import pytest
from click.testing import CliRunner
from model_records import lineage
from redis import Redis
from service.features.model_log import ModelLog
from service.features.online_state import has_stored
from service.features.prediction_log import eventually
from service.features.writer_process import WriterProcess

from ops.cli import main
from ops.preparation import prepare_files
from ops.stack import Stack
from schemas import online_store as keys

pytestmark = pytest.mark.service


class Operator:
    """Runs commands for one new tenant."""

    def __init__(self, stack: Stack, redis: Redis) -> None:
        options = {
            f"--{name.replace('_', '-')}": str(value)
            for name, value in stack.settings
            if name != "owner_pid" and value is not None
        }
        self._options = [word for pair in options.items() for word in pair]
        self._redis = redis
        prepare_files(stack.settings)
        _, created = self._aurora("tenant", "create", f"shop {uuid4()}", "--scope", "models:read")
        (tenant_id,) = re.findall(r"tenant_id +(\S+)", created)
        self.log = ModelLog(stack.settings.kafka_bootstrap, tenant_id)

    def stored(self) -> None:
        eventually(lambda: has_stored(self._redis, self.log.end()))

    def models(self, command: str, *arguments: str) -> tuple[int, str]:
        """Exit code and output."""
        return self._aurora("models", command, self.log.tenant_id, *arguments)

    def served(self) -> dict[str, str]:
        """What the list says of each version: ``yes``, ``pinned`` or nothing."""
        code, output = self.models("list")
        assert code == 0, output
        rows = [line.split("│")[1:3] for line in output.splitlines() if "│" in line]
        return {name.strip(): standing.strip() for name, standing in rows if name.strip()}

    def _aurora(self, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, [*self._options, *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output


def test_an_operator_lists_pins_rolls_back_and_unpins(
    online_writer: WriterProcess, feature_stack: Stack, redis_client: Redis
) -> None:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    operator = Operator(feature_stack, redis_client)
    assert operator.models("list") == (
        0,
        "Nothing was learned for this tenant yet: its predictions are made as shipped.\n",
    )
    assert operator.models("rollback") == (
        1,
        "Error: nothing was learned for this tenant yet, so there is nothing to roll back\n",
    )
    operator.log.learned(*lineage(operator.log.tenant_id, 3))
    operator.stored()
    newest, middle, oldest = "nb-2.3-000003", "nb-2.2-000002", "nb-2.1-000001"
    assert operator.served() == {newest: "yes", middle: "", oldest: ""}

    assert operator.models("rollback") == (
        0,
        f"Rolled back: {middle} is pinned. Predictions follow within seconds.\n",
    )
    operator.stored()
    assert operator.served() == {newest: "", middle: "pinned", oldest: ""}
    assert operator.models("rollback")[0] == 0
    operator.stored()
    assert operator.models("rollback") == (1, f"Error: {oldest} has no parent to roll back to\n")

    assert operator.models("pin", newest)[0] == 0
    operator.stored()
    assert operator.served() == {newest: "pinned", middle: "", oldest: ""}
    code, output = operator.models("pin", "nb-2.9-999999")
    assert (code, output.count("\n")) == (1, 1)
    assert "has no version nb-2.9-999999" in output

    assert operator.models("unpin")[0] == 0
    operator.stored()
    assert operator.served() == {newest: "yes", middle: "", oldest: ""}
    code, output = operator.models("list", "--limit", "1")
    assert f"{middle} and its ancestors are not shown" in output


def test_a_store_that_is_being_filled_is_one_line(
    online_writer: WriterProcess, feature_stack: Stack, redis_client: Redis
) -> None:
    operator = Operator(feature_stack, redis_client)
    online_writer.kill()
    redis_client.delete(keys.COMPLETE)
    assert operator.models("list") == (
        1,
        "Error: the versions are being read in again; try again in a moment\n",
    )
